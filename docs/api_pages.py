"""The page of the Python door: every public name with its arguments, its words and its example, from the code itself."""

from __future__ import annotations

import inspect
import re

import osteon
from docs.pages import esc, table


def function_of(name: str) -> object:
    """The object behind a public name; of a package that can be called, the function that is called."""
    value = getattr(osteon, name)
    return value._function() if inspect.ismodule(value) else value


def parts_of(name: str) -> tuple[str, str, str]:
    """Call, words and example of a public name, as text."""
    value = function_of(name)
    text = inspect.getdoc(value) or ""
    words, _, example = text.partition("\n\n>>> ")
    return f"ost.{name}{_signature(value)}", words, f">>> {example}" if example else ""


def _signature(value: object) -> str:
    if not callable(value):
        return ""
    given = inspect.signature(value)
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in given.parameters.values()]
    return str(given.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def api_page() -> str:
    """The body of the page: an index by what a name is, then one section a name."""
    names = list(osteon.__all__)
    lines = [[f'<a href="#{n}"><code>{esc(n)}</code></a>', _inline(parts_of(n)[1].split("\n")[0])] for n in names]
    body = '<p class="lead">What <code>import osteon as ost</code> offers. Arguments are the keys of the files, in the same words and units.</p>'
    body += table(["name", "what it is"], lines)
    for n in names:
        call, words, example = parts_of(n)
        body += f'<h2 id="{n}">{esc(n)}</h2><pre>{esc(call)}</pre>'
        body += "".join(f"<p>{_inline(p)}</p>" if "  :" not in p and " : " not in p else f"<pre>{esc(p)}</pre>" for p in words.split("\n\n"))  # fmt: skip
        body += f"<h3>Example</h3><pre>{esc(example)}</pre>" if example else ""
    return body


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", esc(text))
