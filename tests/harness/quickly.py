"""`python -m tests.harness.quickly WORDS`: what `mingcha WORDS` does, in a process whose press is the quick one."""

from __future__ import annotations

PAGE = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj
4 0 obj<</Length 0>>stream

endstream endobj
5 0 obj<</Length %d>>stream
%s
endstream endobj
trailer<</Root 1 0 R/Size 6>>
%%%%EOF
"""


def quick_pdf(html: str) -> bytes:
    text = html.encode()
    return PAGE % (len(text), text)


if __name__ == "__main__":
    from quality.cli import main
    from quality.documents import render

    render.pdf_of = quick_pdf
    main()
