"""Models made elsewhere, wrapped in the layers they lack and kept as runs.

| module  | what it has                                                  |
| ------- | ------------------------------------------------------------ |
| network | a model's input and output, checked                          |
| form    | images in the form that a network takes, in NumPy            |
| trial   | which form a network was trained on, measured                |
| wrapper | the model from uint8 (n, 28, 28) to probabilities            |
| source  | the request, the opened file, and images of its classes      |
| record  | the record of an import                                      |
| run     | opens a file, wraps it, proves it, and writes the run        |
"""
