"""The explorer in a live notebook: JupyterLab, a kernel, the widget, and its state back in Python."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

CELLS = ['import descent\n\nw = descent.explorer("rmsprop")\nw', 'print("state:", w.state)']


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab that holds a notebook of two cells."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(CELLS)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "demo.ipynb")
    options = ["--no-browser", "--ServerApp.port=0", "--ServerApp.root_dir", str(tmp_path), "--allow-root"]
    options += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    environment = dict(os.environ, JUPYTER_CONFIG_DIR=str(tmp_path / "config"), JUPYTER_DATA_DIR=str(tmp_path / "data"))
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    for line in server.stderr:
        if address := re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+)/lab\?token=(\w+)", line):
            break
    else:
        pytest.fail("JupyterLab did not start")
    yield f"{address[1]}/lab/tree/demo.ipynb?token={address[2]}"
    server.terminate()
    server.stderr.close()
    server.wait()


def test_an_explorer_in_jupyterlab_gives_its_state_to_python(browser, lab):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(lab)
    page.locator(".jp-Cell").first.wait_for(timeout=60_000)
    for _ in range(20):  # until the kernel is there, JupyterLab forgets what it is told to run
        if (asks := page.locator(".jp-Dialog .jp-mod-accept")).count():  # on a busy machine, for a kernel
            asks.first.click()
        page.locator(".jp-Cell .cm-content").first.click()
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(1500)
        if re.search(r"\d|\*", page.locator(".jp-InputPrompt").first.inner_text()):
            break
    root = page.locator(".explorer.alive")
    root.wait_for(timeout=60_000)
    assert "(−0.010599, 0.000000)" in root.locator("output").first.inner_text()
    assert root.locator(".live").bounding_box()["height"] > 200
    slider = root.locator('.control[data-name="lr"] [type=text]')
    slider.fill("0.1")
    slider.press("Enter")
    root.locator("output", has_text="(−0.010599").first.wait_for(state="detached")
    root.locator('[data-do="edit"]').click()
    root.locator(".cm-content").wait_for()
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
    cell.locator(".jp-InputArea-editor .cm-content").click()
    page.keyboard.press("Shift+Enter")
    printed = cell.locator(".jp-OutputArea-output", has_text="state:")
    printed.wait_for(timeout=30_000)
    text = printed.inner_text()
    assert "'lr': 0.1" in text and "'decay': 0.9" in text and "'label': 'RMSprop'" in text and "'step': 20" in text
    assert not errors
    page.close()
