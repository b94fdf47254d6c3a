"""What a statement rests on, read: the words it cites, and where in their document these stand."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.documents import LabelFacts
from service.answers import Citation, Passage, Statement
from service.gates.marks import Reader, Reading
from service.gates.unfolding import unfolded


@dataclass(frozen=True, slots=True)
class Grounds:
    """
    The cited words and their context.

    ``quote`` reads every quote cited, table rows cell by cell under their heads. ``context``
    reads what stands above them: document, headings, the drug and forms of a label; ``lead``
    the heads of tables and lists that they hang from, and ``bare`` the quotes without those.
    """

    quote: Reading
    bare: Reading
    context: Reading
    lead: Reading


def grounds(statement: Statement, reader: Reader) -> Grounds:
    """Return what *statement* rests on."""
    quotes = (_led(citation) for citation in statement.citations)
    contexts = (context_of(citation.passage) for citation in statement.citations)
    leads = (citation.passage.chunk.lead for citation in statement.citations)
    bare = (citation.quote for citation in statement.citations)
    return Grounds(
        reader.read(". ".join(dict.fromkeys(quotes))),
        reader.read(". ".join(dict.fromkeys(bare))),
        reader.read(". ".join(dict.fromkeys(contexts))),
        reader.read(". ".join(dict.fromkeys(leads))),
    )


def told(statement: Statement, reader: Reader) -> Reading:
    """Return what *statement* says; a table row with the heads of the row that it cites."""
    lead = next((c.passage.chunk.lead for c in statement.citations), "")
    return reader.read(unfolded(statement.text, lead))


def says_the_quote(statement: Statement) -> bool:
    """Tell whether a statement is word for word what it cites: nothing can have changed."""
    return any(statement.text == citation.quote for citation in statement.citations)


def context_of(passage: Passage) -> str:
    """Return what is said above a passage: its header and headings, its label's drug and form."""
    chunk, facts = passage.chunk, passage.source.facts
    parts = [chunk.header, *chunk.headings, passage.source.title]
    if isinstance(facts, LabelFacts):
        parts += [*facts.ingredients, *facts.brands, *facts.generics, *facts.routes, *facts.forms]
    if chunk.recommendation is not None and chunk.recommendation.population:
        parts.append(chunk.recommendation.population)
    return "; ".join(part.lower() if part.isupper() else part for part in parts if part)


def _led(citation: Citation) -> str:
    """Return a quote with the head that it leans on: a list's, or each cell's own."""
    lead = citation.passage.chunk.lead
    quote = unfolded(citation.quote, lead)
    return quote if " | " in citation.quote or not lead or lead in quote else f"{lead} {quote}"
