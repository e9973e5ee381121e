"""The first page of the program, and the wizard that makes a project from files."""
