"""What Lambda loads stays small: no training, emulator or notebook library comes with it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOO_HEAVY = {"torch", "transformers", "datasets", "sagemaker", "pandas", "moto", "matplotlib", "onnx", "sklearn"}
NOT_ON_THE_WAY = {"medassist.production", "medassist.training", "medassist.cloud"}
PROGRAM = """
import json, os, sys
import app, main
from medassist import assistant, endpoint, interactions, retrieval, storage, text
from medassist.answering import grounding, urgency
import faiss, bm25s, onnxruntime, tokenizers, Stemmer
names = {name.partition(".")[0] for name in sys.modules} | {name for name in sys.modules if "medassist." in name}
print(json.dumps({"modules": sorted(names), "folder": os.listdir(".")}))
"""


def test_lambda_loads_nothing_heavy(tmp_path: Path) -> None:
    # WHEN a fresh interpreter imports the handler and all that it uses at run time
    work = tmp_path / "work"
    work.mkdir()
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'lambda'}", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=work, env=environment, check=True
    )
    seen = json.loads(done.stdout)
    # THEN the heavy libraries are not among its modules, and importing left nothing behind
    assert (TOO_HEAVY | NOT_ON_THE_WAY).isdisjoint(seen["modules"])
    assert {"app", "medassist.assistant", "faiss"} <= set(seen["modules"])
    assert seen["folder"] == []
