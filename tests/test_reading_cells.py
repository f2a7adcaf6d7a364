"""Lines of a signature to rows and pieces."""

from reading.fields.cells import MAX_LINE, Piece, Row, Span, pieces_of, rows_of
from tests.signature_sample import lines_of


def pieces(text: str, *spans: Span) -> list[str]:
    return [piece.text for piece in pieces_of(rows_of(lines_of(text)), spans)]


def test_bars_bullets_tabs_and_columns_part_cells():
    assert pieces("Vogel Ladenbau | Marktplatz 3 · 50667 Köln • Telefon") == ["Vogel Ladenbau", "Marktplatz 3", "50667 Köln", "Telefon"]
    assert pieces("Dan Whitaker\t\tWhitaker Lighting     Boulder") == ["Dan Whitaker", "Whitaker Lighting", "Boulder"]
    assert pieces("Kate Moss * Head of Design * Brightloop") == ["Kate Moss", "Head of Design", "Brightloop"]


def test_commas_part_pieces_of_one_cell_but_not_numbers():
    found = pieces_of(rows_of(lines_of("Emma Hughes, Buyer | Leeds, 1,5 km from the station")), ())
    assert [(piece.text, piece.cell, piece.part) for piece in found] == [
        ("Emma Hughes", 0, 0),
        ("Buyer", 0, 1),
        ("Leeds", 1, 0),
        ("1,5 km from the station", 1, 1),
    ]


def test_a_dash_parts_words_but_not_the_digits_of_a_number():
    assert pieces("Nora Lind - Illustrator") == ["Nora Lind", "Illustrator"]
    assert pieces("030 23 12 5 - 417") == ["030 23 12 5 - 417"]
    assert pieces("Via Garibaldi, 27 - 20121 Milano") == ["Via Garibaldi", "27", "20121 Milano"]
    assert pieces("Jean-Luc Rey") == ["Jean-Luc Rey"]


def test_decoration_and_brackets_around_a_piece_go():
    assert pieces("*** Grant & Sons ***") == ["Grant & Sons"]
    assert pieces("[Head of Showroom]") == ["Head of Showroom"]
    assert pieces("-// Sales Manager _____]") == ["Sales Manager"]
    assert pieces("Ring (West)") == ["Ring (West)"]
    assert pieces("------\n======\n· · ·") == []


def test_blanks_between_state_and_postcode_are_no_column():
    assert pieces("Houston, TX     77001     Phone") == ["Houston", "TX     77001", "Phone"]


def test_spans_are_cut_out_and_places_stay_those_of_the_line():
    line = "Anna Roy  anna@roy.example  Lyon"
    start = line.index("anna@")
    found = pieces_of(rows_of(lines_of(line)), [Span(0, start, start + len("anna@roy.example"))])
    assert [piece.text for piece in found] == ["Anna Roy", "Lyon"]
    assert all(line[piece.start : piece.end] == piece.text for piece in found)


def test_rows_skip_empty_lines_and_remember_the_gap():
    rows = rows_of(lines_of("Anna\n\n--\nRoy\nLyon", first=7))
    assert [(row.text, row.row, row.after_gap, row.line.number) for row in rows] == [
        ("Anna", 0, True, 7),
        ("Roy", 1, True, 10),
        ("Lyon", 2, False, 11),
    ]


def test_long_zones_are_cut():
    rows = rows_of(lines_of("\n".join(["a" * 5_000] * 500)))
    assert sum(len(row.text) for row in rows) <= 8_000
    assert max(len(row.text) for row in rows) == MAX_LINE
    assert isinstance(rows[0], Row)
    assert len(pieces_of(rows_of(lines_of("a, " * 4_000)), ())) <= 250
    assert isinstance(pieces_of(rows, ())[0], Piece)
