"""The chapters and the homework as text, and the chapters' execution.

    python tools/notebooks.py text 06        writes chapters/06_rmsprop.md, to be edited in any editor
    python tools/notebooks.py notebook 06    takes the text back into chapters/06_rmsprop.ipynb
    python tools/notebooks.py execute 06     runs the notebook in place and stores its outputs

A page without a number goes by its name, such as tuning; homework by its folder, such as hw1. Without any, all
notebooks.
`make text`, `make notebook` and `make execute` call these.

In the text every cell has an id, in the line that begins it: `+++ {"id": "rmsprop-idea"}` for prose, `:id: rmsprop-run`
for code. A code cell whose id and source are unchanged keeps its stored output; the others must be executed again.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import jupytext
import nbclient
import nbformat
from tqdm import tqdm

ROOT = Path(__file__).parents[1]
CHAPTERS = ROOT / "chapters"
HOMEWORK = ROOT / "homework" / "source"
CELL_TIMEOUT = 300  # seconds; an endless loop ends here
READABLE_ID = re.compile(r"(?![0-9a-f]{8}(-[0-9a-f-]+)?$)[a-z0-9]+(-[a-z0-9]+)+")  # and not what JupyterLab makes up
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def find(chapters, ending, homework=False):
    """The files with this ending whose names start with one of the given numbers or names; all where none is given.

    Homework is among them if asked for: its notebooks hold no outputs.
    """
    found = sorted(CHAPTERS.glob(f"*{ending}"))
    if homework:
        found += sorted(HOMEWORK.glob(f"*/*{ending}"))
    for chapter in chapters:
        if not any(path.name.startswith(chapter) for path in found):
            sys.exit(f"no file chapters/{chapter}*{ending}: give what a file's name begins with, such as 06 or tuning")
    return [path for path in found if not chapters or path.name.startswith(tuple(chapters))]


def slug(path):
    """What the ids of a notebook's cells begin with: its name without the number, with hyphens."""
    return re.sub(r"^\d\d_", "", path.stem).replace("_", "-")


def to_text(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata["id"] = cell.id
    target = path.with_suffix(".md")
    save(target, jupytext.writes(notebook, fmt="md:myst"))
    return target


def to_notebook(path):
    target = path.with_suffix(".ipynb")
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")
    except jupytext.myst.MystMetadataParsingError as error:
        sys.exit(f"{path.name}: {error}")
    stored = {cell.id: cell for cell in nbformat.read(target, as_version=4).cells} if target.exists() else {}
    for cell in notebook.cells:
        cell.id = cell.metadata.pop("id", "")
        if not READABLE_ID.fullmatch(cell.id):
            first_line = cell.source.partition("\n")[0]
            sys.exit(
                f"{path.name}: the cell that begins with {first_line!r} needs an id of words and hyphens, "
                f"such as {slug(path)}-idea, not {cell.id!r}"
            )
        old = stored.get(cell.id)
        if cell.cell_type == "code" and old and old.cell_type == "code" and old.source == cell.source:
            cell.outputs, cell.execution_count = old.outputs, old.execution_count
    write(notebook, target)
    return target


def execute(path):
    """Run a notebook from top to bottom and store its outputs. A failing cell leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    bar = tqdm(total=len(code), desc=path.stem, unit="cell", file=sys.stdout)

    def progress(cell, **_):
        bar.set_postfix_str(cell.id)
        bar.update()

    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        on_cell_executed=progress,
    )
    try:
        client.execute()
    except nbclient.exceptions.CellTimeoutError:
        sys.exit(f"\n{path.name}: cell {running(code)} did not end within {CELL_TIMEOUT} s; the file is unchanged")
    except nbclient.exceptions.CellExecutionError as error:
        sys.exit(f"\n{path.name}: cell {running(code)} failed; the file is unchanged\n{error.traceback}")
    except nbclient.exceptions.DeadKernelError:
        sys.exit(f"\n{path.name}: the kernel died in cell {running(code)} (out of memory?); the file is unchanged")
    finally:
        bar.close()
    write(notebook, path)
    return path


def running(code):
    """The id of the last cell that was started."""
    started = [cell.id for cell in code if cell.execution_count is not None or cell.outputs]
    return started[-1] if started else code[0].id


def write(notebook, path):
    """Store a notebook with metadata that is the same on every machine."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    ids = [cell.id for cell in notebook.cells]
    for cell_id in ids:
        if ids.count(cell_id) > 1:
            sys.exit(f"{path.name}: two cells have the id {cell_id}")
    nbformat.validate(notebook)
    save(path, nbformat.writes(notebook) + "\n")


def save(path, text):
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def overwrites(source, target):
    """Whether the target holds changes that are younger than the source, and would be lost."""
    return target.exists() and target.stat().st_mtime > source.stat().st_mtime


def main():
    parser = argparse.ArgumentParser(description="Chapters and homework as text; chapters executed.")
    parser.add_argument("what", choices=["text", "notebook", "execute"])
    parser.add_argument("chapters", nargs="*", help="numbers or names, such as 06 or tuning; without any, all")
    arguments = parser.parse_args()
    work, ending, other = {
        "text": (to_text, ".ipynb", ".md"),
        "notebook": (to_notebook, ".md", ".ipynb"),
        "execute": (execute, ".ipynb", None),
    }[arguments.what]
    paths = find(arguments.chapters, ending, homework=other is not None)
    if not paths:
        print("no text: run `make text` first, and edit what it writes")
    for path in paths:
        target = other and path.with_suffix(other)
        if target and overwrites(path, target):
            print(f"{target.name} is younger than {path.name} and is left alone: delete it if it may be replaced")
            continue
        print("wrote", work(path).relative_to(ROOT))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: nothing was changed.")
