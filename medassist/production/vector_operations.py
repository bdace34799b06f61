"""What the command ``vectors`` does, and how ``deploy`` brings an index to Amazon S3 Vectors."""

import argparse
from collections.abc import Callable
from pathlib import Path

from medassist import cloud, commands, config, storage, vector_upload
from medassist.errors import ConfigurationError
from medassist.production import deployment


def vectors(options: argparse.Namespace) -> None:
    """Put an index bundle into Amazon S3 Vectors, list a corpus's versions there, or remove old ones."""
    if options.action == "put" and not options.index:
        raise ConfigurationError("Which index? Name the folder of a bundle with --index FOLDER.")
    if options.action != "put" and not options.corpus_name:
        raise ConfigurationError(f"Whose versions? medassist vectors {options.action} --corpus-name NAME.")
    output = commands.below(config.project_root(), options.output)
    with cloud.connect(options.target, output / "cloud"):
        bucket = options.bucket or deployment.resources(options.stack_name).bucket_name
        if options.action == "put":
            uri, count = _put(options.index, bucket)
            print(f"{uri}: {count:,} passages; MEDASSIST_INDEX_STORE={config.S3_VECTORS} asks them")
        elif options.action == "list":
            _list(bucket, options.corpus_name)
        else:
            for name in vector_upload.prune(bucket, options.corpus_name, options.keep):
                print(f"{name} is removed")


def put_latest(bundle_uri: str, bucket: str, folder: Path, say: Callable[[str], None]) -> str:
    """Put a bundle that lies on S3 into S3 Vectors, unless it is there; return where its description lies."""
    uri, count = _put(storage.download_folder(bundle_uri, folder), bucket)
    say(f"index in S3 Vectors: {uri}, {count:,} passages")
    return uri


def _put(folder: Path, bucket: str) -> tuple[str, int]:
    """Put a bundle with a progress bar; return where its description lies, and how many passages it has."""
    from tqdm import tqdm

    with tqdm(unit="passage", desc="S3 Vectors", disable=None) as bar:

        def advance(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        uri = vector_upload.publish(folder, bucket, progress=advance)
    return uri, int(bar.total)


def _list(bucket: str, corpus: str) -> None:
    for version in vector_upload.versions(bucket, corpus):
        state = "asked" if version.latest else "complete" if version.complete else "not complete"
        print(f"{version.index_name}  {version.created_at:%Y-%m-%d %H:%M}  {state}")
