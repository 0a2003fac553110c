"""The code of *Descent*: update rules, problems to run them on, and the book's figures."""
