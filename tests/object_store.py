"""An object store on this machine, as S3 is: buckets, credentials, an endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """Serve an empty store; give its endpoint."""
    from moto.server import ThreadedMotoServer  # most tests need no store, and moto is large

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(store: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a bucket; give its URL. Nothing of this person's own settings is read, and nothing leaves the machine."""
    import s3fs

    home = tmp_path_factory.mktemp("home")
    for name, value in {
        "AWS_ENDPOINT_URL": store,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "LNLIB_CACHE": str(home / "cache"),
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem()
    name = home.name.replace("_", "-")
    fs.mkdir(name)
    yield f"s3://{name}"
    fs.rm(name, recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()
