"""Homework: the student's version of an assignment, and grading of what students hand in.

release   what the student gets: nbgrader's preprocessors without its gradebook
sandbox   a process apart, in bubblewrap, that runs a student's cells
inside    what runs in that process
wire      how values travel between the two
run       one submission in, one result out: the tests run here, the student's code in the sandbox
apart     the same in a process of its own, with limits
feedback  the page that the student gets back
course    a folder of submissions: which file is whose, what is done already, tables
cluster   many submissions at once, on Dask

Needs homework/requirements.txt besides the book's own.
"""
