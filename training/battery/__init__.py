"""The noise battery: reports made to judge the product by, independent of what trained it.

Nothing here is shared with `training.synthesis`, and the agencies come from provinces that training
never sees, so that a good figure cannot be an echo.  Each kind of damage stands alone on a plain
layout drawn at random; `three/any` puts three on one page.  Gold is honest: where a page no longer
says what a cell held (dropped, glued with several readings), `accept` takes null as well; what several
readings could mean is found by trying all of them.  Same seed, same pages.

    python -m training.battery --out DIR --per-kind 20
    python -m training.battery --evaluate --per-kind 6 --json figures.json

Plain layouts
    plain/pipes-padded          a row a line, a pipe for each column a cell covers
    plain/pipes-bare            a row a line, pipes between cells only
    plain/pipes-leading         a row a line, pipes around it
    plain/cell-lines            a cell a line
    plain/cell-lines-blank      a cell a line, blank lines between, sometimes deep indents
    plain/cell-lines-pipe       a cell a line, each followed by a pipe
    plain/cell-lines-lone-pipe  a cell a line, lone pipes between
    plain/tabs                  a row a line, tabs between
    plain/spaces                a row a line, blanks between
    plain/markdown              Markdown tables and headings
    plain/label-then-values     labels a line each, then a line of values
    plain/one-line-table        each table on one line
    plain/html-utf8             HTML with row and column spans
    plain/html-gbk              the same in GBK, declared gb2312, gbk or gb18030
    plain/pdf                   PDF with ruled tables and a text layer

Damages
    damage/glued                the whole report without any separator
    damage/glued-values         the values of a row without separators
    damage/cells-dropped        value cells gone without a trace
    damage/empties-dropped      noughts left blank and the blank cells gone
    damage/merged               eleven of the fifteen values of the last table
    damage/blank-cells          noughts left blank, their place kept
    damage/blank-marks          / - — **** or 无 and 零 for noughts
    damage/totals-only          totals without details, or details without totals
    damage/dressed-digits       1 2 7, O and l, 1,113, 件, 元, notes, full width, Chinese numerals
    damage/extra-rows-columns   rows that the form does not have, remarks, running numbers
    damage/detached-values      all labels, then all values
    damage/ocr-boxes            a box a line, their order a little lost
    damage/torn-labels          labels wrapped, split by blanks, one character a line
    damage/reworded-labels      rows, columns and groups in other words
    damage/abbreviated-labels   short names with other numbers or none
    damage/typos-instructions   slips of the pen and instructions inside labels
    damage/headers-cut          column heads cut at a line break
    damage/headers-lost         column heads, or all heads, gone
    damage/split-tables         tables cut in pieces, headed again or with another table's head
    damage/page-furniture       page numbers and running heads between rows
    damage/page-breaks          rows torn over pages
    damage/dirty-html           a span a character, Word's leavings, hidden elements, broken markup
    damage/site-chrome          navigation, metadata and footers around the report
    damage/advertising          alien titles and advertising in the narrative
    damage/one-line             the whole report on one line, blanks between
    damage/printed-twice        the report twice
    damage/two-years            the previous year's report after it
    damage/echo-prose           prose that repeats headings and rows with other figures
    damage/lost-headings        one or two headings gone
    damage/renumbered-headings  other numbering, or restarted after a narrative with its own
    damage/traditional          Traditional script, sometimes over-converted
    damage/ruby-toned           toned pinyin glued in
    damage/ruby-toneless        toneless pinyin, repeated
    damage/kangxi-radicals      radical signs for characters
    damage/noise-3              three in a hundred characters misread, digits spared
    damage/noise-6              six in a hundred
    damage/noise-beside-digits  row numbers and label ends misread, specks in value cells

Combined
    three/any                   three damages at once

Not reports, judged by `is_report` alone
    other/news                  a piece of news
    other/guide                 a guide to asking for information
    other/notice                the notice with the empty form
    other/law                   articles of a regulation
    other/listing               a list of links to reports
    other/error                 an error page
"""
