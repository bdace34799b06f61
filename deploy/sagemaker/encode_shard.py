"""What a SageMaker processing job runs on each instance; the package and its requirements stand beside this script."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    subprocess.run(["pip", "install", "--quiet", "--requirement", str(HERE / "requirements.txt")], check=True)
    from medassist.indexing_job import main

    sys.exit(main())
