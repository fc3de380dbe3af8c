"""One service for the tests that only ask it; the string rules stand in for the model."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from nianbao.pipeline import Pipeline
from nianbao.report import to_json
from tests.serving.running import Running, running
from training.example import example


@pytest.fixture(scope="session", autouse=True)
def jobs_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep services of tests away from the jobs of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIANBAO_JOBS_FOLDER", str(tmp_path_factory.mktemp("jobs")))
        yield


@pytest.fixture(scope="session")
def rules_service() -> Iterator[Running]:
    with running(rules_only=True, processes=2, studio=True) as found:
        yield found


@pytest.fixture(scope="session")
def client(rules_service: Running) -> httpx.Client:
    return rules_service.client


@pytest.fixture(scope="session")
def page() -> bytes:
    """The bytes of a made report, as HTML."""
    return example().encode()


@pytest.fixture(scope="session")
def record(page: bytes) -> bytes:
    """The record of `page` by a call of the library."""
    return to_json(Pipeline.rules_only().parse(page), indent=None).encode()
