"""The command `llmaaa`. A subcommand's module is imported only when it runs."""

from __future__ import annotations

import importlib
import os
import sys

import click

from .. import __version__
from ..errors import LlmaaaError
from ..quiet import hush

COMMANDS = {
    "annotators": "How well, how steadily and how dearly annotators answer; also from recorded answers.",
    "attach": "Look at a run that is under way, or at how it ended.",
    "budget": "Cap, spent, held and unconfirmed money; rule on requests of unknown outcome.",
    "demo": "The whole loop on the shipped example: no key, no download, no GPU.",
    "doctor": "Check terminal, colours, filesystem, SQLite, GPU, keys and encoders.",
    "estimate": "What the next round and the rest will cost, before a cent is spent.",
    "export": "Write the labels in force to a file, or the trained student as a transformers folder.",
    "leakage": "Has the annotator seen this dataset before? Probes with controls, intervals and tests.",
    "new": "Make a project from files; says what went where.",
    "predict": "Label new text with the trained student.",
    "purge": "Delete a project's texts and answers; what they cost is kept.",
    "replay": "Derive every label again from the stored answers: no request, no cost.",
    "review": "Judge the annotator's answers, one key a sentence.",
    "run": "Start or resume the loop and open the screen (or print progress lines).",
    "simulator": "A loopback LLM that answers from gold with the errors of real ones.",
    "status": "Report on a run in figures.",
    "stop": "End a run cleanly: finish what is paid for, then stop.",
    "try": "Ask the annotator about one gold sentence, and say what that cost.",
    "watch": "Follow a run that is under way; changes nothing.",
}
MODULES = {"try": "trial"}
"""Where a command's module cannot bear its name."""


class LazyGroup(click.Group):
    """Knows every command's name and help line without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="llmaaa")
@click.pass_context
def cli(ctx: click.Context) -> int:
    """A large language model annotates the most informative sentences, a person decides with one key,
    a small transformer is trained: round by round, until the goal or the budget is reached.

    Without a command, in a terminal: the first page, with a demo, a new project and those opened last."""
    if ctx.invoked_subcommand is not None:
        return 0
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(ctx.get_help())
        return 0
    from .home import first_page

    return first_page()


def main() -> None:
    """Entry point: one sentence for every error the user can mend."""
    hush(os.environ)
    try:
        code = cli.main(standalone_mode=False)
    except LlmaaaError as error:
        print(f"llmaaa: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
