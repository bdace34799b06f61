import json

import pytest

from medassist import report
from medassist.errors import StorageError


def test_stages_are_recorded_and_collected(tmp_path):
    # GIVEN two recorded stages
    made = report.record(tmp_path, "01_upload_data", seconds=1.23456, counts={"documents": 3})
    reused = report.record(tmp_path, "02_build_index", seconds=2, artifacts={"index": "s3://b/k"}, reused=True)
    # THEN each can be read, and the report holds both
    assert report.read_stage(tmp_path, "01_upload_data") == made
    assert (made["status"], made["seconds"]) == ("made", 1.235)
    assert reused["status"] == "reused"
    path = report.write_report(tmp_path, {"corpus": "sample"}, [made, reused])
    written = json.loads(path.read_text())
    assert written["corpus"] == "sample"
    assert [stage["stage"] for stage in written["stages"]] == ["01_upload_data", "02_build_index"]


def test_a_stage_that_has_not_run_is_named(tmp_path):
    with pytest.raises(StorageError, match="run the notebook 05_serve_api first"):
        report.read_stage(tmp_path, "05_serve_api")
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "05_serve_api.json").write_text("{")
    with pytest.raises(StorageError, match="is damaged"):
        report.read_stage(tmp_path, "05_serve_api")
