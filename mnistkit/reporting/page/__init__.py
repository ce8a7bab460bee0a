"""The report of an evaluation as one HTML page that needs nothing beside it.

| module   | what                                                               |
|----------|--------------------------------------------------------------------|
| writing  | the page from its template, its style and its script               |
| results  | what the page shows of each result                                 |
| chosen   | which images it shows, all of them in one PNG per result           |
| drawings | plots as SVG that take their colours from the page                 |
"""
