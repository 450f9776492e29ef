"""One batch on the small project, in a process that can be killed: `python batch_process.py <params> [build [scheduler]]`."""

import sys
from pathlib import Path

from rich.console import Console
from small_project import members

from lnlib.batch.execute import executor_choice
from lnlib.batch.execute.forkserver import FOR_RUNS
from lnlib.batch.run_command import RunOptions, run_editions
from lnlib.errors import LnlibError

executor_choice.imported_early = lambda: [*FOR_RUNS]  # no notebook here imports the library, as in tests/conftest.py

if __name__ == "__main__":
    build = sys.argv[2] if len(sys.argv) > 2 else None
    console = Console(stderr=True)
    try:
        sys.exit(
            run_editions(
                [Path(sys.argv[1])],
                membership=members,
                options=RunOptions(dask="".join(sys.argv[3:])),
                build=build,
                console=console,
            )
        )
    except LnlibError as error:
        sys.exit(str(error))
