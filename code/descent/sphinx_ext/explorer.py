"""The directive `{explorer}`: a figure of the page that comes alive (CONTRIBUTING.md shows one).

It moves the figure, found by its name, into itself, gives its image a stage, and puts the controls under it.
Without JavaScript, in print and in every other format the figure is all there is.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from descent.interactive import markup, settings

logger = logging.getLogger(__name__)


class explorer(nodes.General, nodes.Element):
    pass


class Explorer(SphinxDirective):
    """The argument is the figure's name, the options are those of `descent.interactive.settings.settings`.

    `printed` is the id of the cell whose output prints the end points that the explorer begins with; a test compares.
    The content is a suggestion what to try.
    """

    required_arguments = 1
    final_argument_whitespace = False
    has_content = True
    option_spec = {
        **dict.fromkeys(
            ["problem", "rules", "sliders", "steps", "views", "start", "window", "noise", "batch"],
            directives.unchanged_required,
        ),
        "printed": directives.unchanged_required,
    }

    def run(self):
        options = dict(self.options)
        printed = options.pop("printed", None)
        try:
            config = settings.settings(**options)
        except ValueError as error:
            raise self.error(str(error)) from None
        if not self.content:
            raise self.error("an explorer needs a suggestion what to try, as its content")
        config["printed"] = printed
        node = explorer(name=self.arguments[0], config=config)
        self.set_source_info(node)
        node += nodes.container("", *self.parse_content_to_nodes(), classes=["explorer-try"])
        return [node]


def take_figures(app, doctree):
    """Move every explorer's figure into it, once the page has been read."""
    for node in list(doctree.findall(explorer)):
        name = node["name"]
        node.parent.remove(node)
        figure = next((one for one in doctree.findall(nodes.figure) if name in one["names"] + one["ids"]), None)
        image = figure and next(iter(figure.findall(nodes.image)), None)
        if image is None or len(image.get("alt", "")) < 20:
            logger.warning("explorer: there is no figure %r with alternative text on this page", name, location=node)
            continue
        stage = nodes.container("", classes=["stage"])
        image.replace_self(stage)
        stage += image
        figure.replace_self(node)
        node.insert(0, figure)


def visit(self, node):
    self.body.append(f'<div class="explorer" data-name="{node["name"]}">\n')


def depart(self, node):
    self.body.append(markup.controls(node["config"], f"{node['name']}-explorer") + "\n</div>\n")


def skip(self, node):
    """Where nothing can be touched, neither is a suggestion what to try of use."""


def setup(app):
    app.add_directive("explorer", Explorer)
    app.add_node(explorer, html=(visit, depart), latex=(skip, skip), text=(skip, skip), epub=(skip, skip))
    app.connect("doctree-read", take_figures)
