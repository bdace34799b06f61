"""Connecting to a cloud: the emulated one started, shared, inherited and left; clear errors for the rest."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from child_processes import Reaper
from control_routes import ApiError, ApiProcess

from medassist import aws, cloud
from medassist.config import Settings
from medassist.errors import CloudError, ConfigurationError
from medassist.production import stack


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the session's cloud: no AWS variables but those that the test sets."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Tell whether ``condition`` came true within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def is_alive(pid: int) -> bool:
    """Tell whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """Return all processes below ``pid``."""
    found: set[int] = set()
    todo = [pid]
    while todo:
        parent = todo.pop()
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            children = {int(child) for child in tasks.read_text().split()}
            todo += children - found
            found |= children
    return found


def small_job(name: str, command: str) -> dict[str, Any]:
    """Return the request for a job that runs a shell command."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/bash"],
            "ContainerArguments": ["-c", command],
        },
        "RoleArn": "arn:aws:iam::123456789012:role/role",
        "OutputDataConfig": {"S3OutputPath": f"s3://{name}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


@pytest.mark.usefixtures("own_environment")
class TestConnect:
    def test_unknown_target_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="'azure' is no target"):
            cloud.connect("azure")

    def test_environment_is_set_and_restored(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # GIVEN variables of a person's own that would lead boto3 elsewhere
        monkeypatch.setenv("AWS_PROFILE", "work")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://elsewhere.invalid")
        monkeypatch.setenv("AWS_REGION", "ap-south-1")
        before = dict(os.environ)

        # WHEN a cloud is connected
        with cloud.connect(state_dir=tmp_path) as running:
            # THEN boto3 reaches it, and everything is as it was afterwards
            assert running.owned
            assert aws.client("s3").meta.endpoint_url == running.urls["cloud"]
            aws.client("s3").list_buckets()
        assert dict(os.environ) == before

    def test_second_connect_uses_the_running_cloud(self, tmp_path: Path) -> None:
        with cloud.connect(state_dir=tmp_path) as first:
            # WHEN the same process connects again, THEN it gets the same cloud, and closing it stops nothing
            with cloud.connect(state_dir=tmp_path) as second:
                assert second.urls == first.urls
                assert not second.owned
            aws.client("s3").list_buckets()

            # WHEN another process without any variables connects
            code = "import sys; from pathlib import Path; from medassist import cloud\n"
            code += "print(cloud.connect('local', Path(sys.argv[1])))"
            clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            command = [sys.executable, "-c", code, str(tmp_path)]
            said = subprocess.run(command, env=clean, capture_output=True, text=True, check=True)

            # THEN it finds it by the state folder
            assert first.urls["cloud"] in said.stdout
            aws.client("s3").list_buckets()

    def test_child_process_inherits_the_cloud(self, tmp_path: Path) -> None:
        # GIVEN a connected process, WHEN its child connects without knowing the state folder
        with cloud.connect(state_dir=tmp_path) as first:
            code = "from medassist import cloud; print(cloud.connect())"
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

            # THEN it uses the parent's cloud
            assert first.urls["cloud"] in said.stdout

    def test_processes_that_start_together_share_one_cloud(self, tmp_path: Path) -> None:
        # GIVEN three processes that connect at the same time, and stay until their input ends
        code = "import sys; from pathlib import Path; from medassist import cloud\n"
        code += "c = cloud.connect('local', Path(sys.argv[1]))\nprint(c.owned, c.urls['cloud'], flush=True)\n"
        code += "sys.stdin.read()"
        command = [sys.executable, "-c", code, str(tmp_path)]
        pipe = subprocess.PIPE
        processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]

        # THEN one of them owns the cloud that all of them use
        said = [process.stdout.readline().split() for process in processes if process.stdout]
        for process in processes:
            process.communicate()
        assert sorted(owned for owned, _ in said) == ["False", "False", "True"]
        assert len({url for _, url in said}) == 1

    def test_two_folders_are_two_clouds(self, tmp_path: Path) -> None:
        with cloud.connect(state_dir=tmp_path / "one") as one, cloud.connect(state_dir=tmp_path / "two") as two:
            assert one.urls["cloud"] != two.urls["cloud"]
            assert aws.client("s3").meta.endpoint_url == two.urls["cloud"]

    def test_forked_child_leaves_the_cloud_alone(self, tmp_path: Path) -> None:
        with cloud.connect(state_dir=tmp_path) as running:
            # WHEN a forked child closes everything that it has, as at exit
            child = os.fork()
            if child == 0:
                running.close()
                os._exit(0)
            os.waitpid(child, 0)

            # THEN the parent's cloud is still there
            aws.client("s3").list_buckets()

            # WHEN the parent closes it while a forked child lives on, THEN it ends all the same
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            pid = json.loads((tmp_path / "cloud.json").read_text())["pid"]
            running.close()
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            assert not is_alive(pid)
            assert not (tmp_path / "cloud.json").exists()  # it ended by itself; one that is killed leaves this

    def test_job_runs_in_a_folder_with_an_odd_name(self, tmp_path: Path) -> None:
        # GIVEN a state folder whose path needs quoting in a shell
        with cloud.connect(state_dir=tmp_path / "it's $HOME & more"):
            sagemaker = aws.client("sagemaker")
            aws.client("s3").create_bucket(Bucket="odd", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            sagemaker.create_training_job(**small_job("odd", "echo x > /opt/ml/model/y"))
            waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
            waiter.wait(TrainingJobName="odd", WaiterConfig={"Delay": 1, "MaxAttempts": 30})

    def test_dead_inherited_address_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(CloudError, match=r"AWS_ENDPOINT_URL is http://127\.0\.0\.1:9.*unset it first"):
            cloud.connect()

    def test_unusable_state_folder_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.write_text("not a folder")
        with pytest.raises(CloudError, match="cannot keep its state in"):
            cloud.connect(state_dir=file / "state")

    def test_stale_cloud_file_is_no_obstacle(self, tmp_path: Path) -> None:
        # GIVEN what a killed cloud leaves behind
        stale = {"url": "http://127.0.0.1:9", "token": "x", "environment": {}, "pid": 1}
        (tmp_path / "cloud.json").write_text(json.dumps(stale))
        with cloud.connect(state_dir=tmp_path) as running:
            assert running.owned

    def test_cloud_file_is_private(self, tmp_path: Path) -> None:
        with cloud.connect(state_dir=tmp_path):
            assert (tmp_path / "cloud.json").stat().st_mode & 0o777 == 0o600

    def test_aws_with_the_emulated_address_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
        with pytest.raises(CloudError, match="on this machine; unset it"):
            cloud.connect("aws")


class TestApi:
    def test_taken_port_is_a_clear_error(self, emulated_cloud: cloud.Cloud) -> None:
        # GIVEN a port that somebody listens on
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            # WHEN the API is to take it, THEN the error names it
            with pytest.raises(ConfigurationError, match=f"Port {port} is taken"):
                emulated_cloud.start_api(Settings(), port=port)

    def test_control_routes_need_the_token(self, emulated_cloud: cloud.Cloud) -> None:
        answer = cloud._ask("POST", f"{emulated_cloud.urls['cloud']}/_medassist/api", {}, "wrong", 5)
        assert "X-Medassist-Token" in answer["error"]

    @pytest.mark.parametrize(
        "header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
    )
    def test_foreign_pages_are_refused(self, emulated_cloud: cloud.Cloud, header: dict[str, str]) -> None:
        # GIVEN what a page of another site could make a browser send
        request = urllib.request.Request(f"{emulated_cloud.urls['cloud']}/", headers=header)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=5)

    def test_aws_stack_output_is_read(self, emulated_cloud: cloud.Cloud) -> None:
        # GIVEN a stack with an API WHEN it is to be started at AWS THEN its address is read, without the slash
        values = {
            "Preset": "dev",
            "BucketName": "b",
            "SageMakerRoleArn": "r",
            "ModelPackageGroupName": "g",
            "EndpointName": "e",
            "ApiUrl": "https://x.example/live/",
        }
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in values.items()},
        }
        stack.apply(stack.propose("cloud-test-stack", template, {}))
        assert cloud.Cloud("aws").start_api(Settings(), stack_name="cloud-test-stack") == "https://x.example/live"


class TestApiProcess:
    """The process behind start_api, with small scripts in the place of the API."""

    @pytest.fixture
    def reaper(self) -> Iterator[Reaper]:
        reaper = Reaper()
        yield reaper
        reaper.close()

    def test_starts_replaces_and_stops(self, tmp_path: Path, reaper: Reaper) -> None:
        # GIVEN a script that says its ready line, with its process id in place of an address
        script = tmp_path / "script.py"
        script.write_text(
            "import json, os, sys, time\n"
            "print('first a word', flush=True)\n"
            "said = f\"{os.getpid()} {os.environ['MEDASSIST_CORPUS']} {sys.argv[1:]}\"\n"
            "print(json.dumps({'url': said}), flush=True)\n"
            "time.sleep(60)\n"
        )
        api = ApiProcess({}, reaper, script)

        # WHEN it is started twice, THEN it gets its settings and its port, and the first process is gone
        first, name, arguments = api.start({"MEDASSIST_CORPUS": "sample"}, 0, "mine").split(" ", 2)
        assert (name, arguments) == ("sample", "['--port', '0', '--stack-name', 'mine', '--rate', '0']")
        said = api.start({"MEDASSIST_CORPUS": "sample"}, 0, "mine", throttled=True)
        second = int(said.split()[0])
        assert said.endswith("'mine']")
        assert wait_until(lambda: not is_alive(int(first)))
        assert is_alive(second)

        # WHEN it is stopped, THEN nothing is left
        api.stop()
        assert wait_until(lambda: not is_alive(second))

    def test_failure_carries_the_reason(self, tmp_path: Path, reaper: Reaper) -> None:
        script = tmp_path / "script.py"
        script.write_text("raise ValueError('no index in s3://x')\n")
        with pytest.raises(ApiError, match="exit code 1: ValueError: no index in s3://x"):
            ApiProcess({}, reaper, script).start({}, 0, "mine")


WORKER = """
import json, sys, time
from pathlib import Path
from medassist import aws, cloud

running = cloud.connect(state_dir=Path(sys.argv[1]))
sagemaker = aws.client("sagemaker")
sagemaker.create_training_job(**json.loads(sys.argv[2]))
while sagemaker.describe_training_job(TrainingJobName="sleeper")["SecondaryStatus"] != "Training":
    time.sleep(0.05)
print("ready", flush=True)
time.sleep(300)
"""


@pytest.mark.usefixtures("own_environment")
class TestNothingIsLeft:
    """A process that is connected, with a job running in its cloud, goes in several ways."""

    @pytest.fixture
    def worker(self, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        job = small_job("sleeper", "sleep 300 & sleep 300")
        command = [sys.executable, "-c", WORKER, str(tmp_path), json.dumps(job)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
            process.kill()

    @staticmethod
    def family(worker: subprocess.Popen[str]) -> set[int]:
        """All processes below the worker; the job's two sleeps take a moment to appear."""
        assert wait_until(lambda: len(descendants(worker.pid)) >= 5)  # cloud, reaper, bash, two sleeps
        return descendants(worker.pid)

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_when_the_parent_gets_a_signal(self, worker: subprocess.Popen[str], number: signal.Signals) -> None:
        family = self.family(worker)
        worker.send_signal(number)
        worker.wait(30)
        assert wait_until(lambda: not any(map(is_alive, family)), 30)

    def test_when_the_cloud_itself_is_killed(self, worker: subprocess.Popen[str], tmp_path: Path) -> None:
        family = self.family(worker)
        os.kill(json.loads((tmp_path / "cloud.json").read_text())["pid"], signal.SIGKILL)
        assert wait_until(lambda: not any(map(is_alive, family)))
