"""Configuration of Sphinx. scripts/site puts the pages together and calls it."""

from typing import Any

import camzarr

project = "camzarr"
author = "The camzarr contributors"
copyright = "2026, the camzarr contributors"
version = release = camzarr.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",
]
root_doc = "index"
exclude_patterns = ["files"]
suppress_warnings = [
    "myst.header",  # documents that begin with a heading of the second level in a part
]

# Markdown and notebooks, which are committed with their outputs.
myst_enable_extensions = ["colon_fence", "deflist"]  # no formulas: MathJax would come from the network
myst_heading_anchors = 4
myst_links_external_new_tab = False
nb_execution_mode = "off"
nb_merge_streams = True

# Docstrings.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
add_module_names = False
maximum_signature_line_length = 88
c_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

# Pages.
html_theme = "pydata_sphinx_theme"
html_title = "camzarr"
html_static_path = ["static"]
html_css_files = ["camzarr.css"]
html_logo = "static/logo.svg"
html_favicon = "static/logo.svg"
html_show_sourcelink = True
html_sourcelink_suffix = ""
html_copy_source = True
html_show_sphinx = False
html_last_updated_fmt = None
highlight_language = "none"  # layouts and drawings in fences without a language
pygments_style = "friendly"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
html_theme_options = {
    "logo": {"text": "camzarr"},
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "pygments_light_style": "friendly",
    "pygments_dark_style": "github-dark",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc", "sourcelink"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "search_bar_text": "Search",
}
html_sidebars = {"index": [], "tutorial": [], "citing": []}
html_context = {"default_mode": "auto"}


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", literal_blocks, priority=100)


def literal_blocks(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings of modules indent code and layouts: make each such block a literal one."""
    if what != "module":
        return
    for i in range(len(lines) - 3, -1, -1):
        if lines[i][:1].strip() and not lines[i + 1] and lines[i + 2].startswith("    "):
            lines[i + 1 : i + 1] = ["", "::"]
