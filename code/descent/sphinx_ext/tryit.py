"""The directive `{tryit}`: an exercise with an editor, checked on the page (CONTRIBUTING.md shows one).

It is an exercise and a folded solution of sphinx-exercise, numbered and referred to like every other.
Without JavaScript and in print it is just that, with the starter code to look at.
"""

import json

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_enumerable_node

from descent.interactive.tryit import parse

LABEL = "Your program"


class tryit(nodes.General, nodes.Element):
    pass


class Tryit(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"label": directives.unchanged_required}

    def run(self):
        label = self.options.get("label", "")
        try:
            exercise = parse(self.arguments[0], label, "\n".join(self.content) + "\n")
        except ValueError as error:
            raise self.error(str(error)) from None
        text = f"""\
``````{{exercise}} {exercise.title}
:label: {label}

{exercise.task}
``````

``````{{solution}} {label}
:label: {label.replace("ex-", "sol-", 1)}
:class: dropdown

```python
{exercise.answer.strip()}
```

{exercise.explanation}
``````
"""
        found = self.parse_text_to_nodes(text)
        host = next(node for one in found for node in one.findall(exercise_enumerable_node))
        editor = tryit(label=label, exercise=exercise)
        starter = nodes.literal_block(exercise.starter, exercise.starter, language="python")
        editor += starter
        host += editor
        return found


def visit(self, node):
    self.body.append(f'<div class="tryit" data-name="{node["label"]}">\n')


def depart(self, node):
    exercise = node["exercise"]
    data = {
        "starter": exercise.starter,
        "checks": [{"hint": check.hint, "code": check.code} for check in exercise.checks],
    }
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    self.body.append(f"""\
<div class="tryit-live">
  <div class="editor-place"></div>
  <div class="tryit-buttons">
    <button type="button" data-do="check">Check</button>
    <button type="button" data-do="run">Run</button>
    <button type="button" data-do="again">Start again</button>
  </div>
  <div class="tryit-said" role="status"></div>
  <pre class="tryit-printed" tabindex="0" aria-label="What the program printed"></pre>
  <p class="tryit-note">Runs in your browser, in MicroPython: most of <code>math</code>, <code>descent.rules</code> and
  <code>descent.problems</code> are there, NumPy, PyTorch and files are not. What you write stays in this browser.</p>
</div>
<script type="application/json">{text}</script>
</div>
""")


def skip(self, node):
    """The starter, a literal block, speaks for itself."""


def mend_titles(app, doctree, docname):
    """In "Solution to Exercise 5" take the blank out of the link, in which it would be underlined."""
    for link in list(doctree.findall(nodes.reference)):
        text = next(link.findall(nodes.Text), "")
        if text.startswith(" "):
            text.parent.replace(text, nodes.Text(text.lstrip()))
            link.parent.insert(link.parent.index(link), nodes.Text(" "))


def setup(app):
    app.add_directive("tryit", Tryit)
    app.connect("doctree-resolved", mend_titles)
    app.add_node(tryit, html=(visit, depart), latex=(skip, skip), text=(skip, skip), epub=(skip, skip))
