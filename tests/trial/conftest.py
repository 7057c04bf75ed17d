"""A folder with a study file and its finished runs, made once for a test file."""

import pytest

from osteon.trial.run import run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """finished(text, run={...settings}) -> folder with study.toml and a run by each name."""

    def made(text, **runs):
        folder = tmp_path_factory.mktemp("finished")
        (folder / "study.toml").write_text(text)
        for name, settings in runs.items():
            run(folder / "study.toml", folder / name, **settings)
        return folder

    return made
