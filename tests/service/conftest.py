"""Fixtures of the tests of the service: one that runs for all tests of a file, and a way to start others."""

import pytest


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One service for all tests of a file. They use different ids and texts."""
    from service_support import serving  # here, so that without the extra each file says itself that it is skipped

    with serving("serve", "--index", tmp_path_factory.mktemp("served") / "index") as served:
        yield served


@pytest.fixture
def client(service):
    return service.client()
