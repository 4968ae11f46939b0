"""What can be done with the ticked runs: star, name, note, tag, delete, go on from."""

from collections.abc import Callable, Sequence

import streamlit as st

from lab.records import NOTE, STARRED, Run
from lab.widgets.errors import plain, told
from lab.widgets.reading import opened_store
from lab.widgets.runs.listing import look_again

_LONGEST_NOTE = 5000  # characters that every MLflow server takes
_UNDO = "runs.undo"


def actions(runs: Sequence[Run], trash: bool) -> None:
    """Draw the buttons that fit the ticked runs."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs.actions"):
        if trash:
            _button(
                "Restore", "restore_from_trash", _restore, runs, about="Back to the other runs."
            )
            return
        starred = all(run.tags.get(STARRED) for run in runs)
        if starred:
            _button("Unstar", "star", _star, runs, "", about="Takes the stars off.")
        else:
            _button("Star", "star_border", _star, runs, "yes", about="Marks them for everybody.")
        if len(runs) == 1:
            _named(runs[0])
            _noted(runs[0])
            _fork(runs[0])
        _tagged(runs)
        ended = [run for run in runs if not run.active]
        about = "Into the trash, from where they can be restored. Runs at work stay."
        _button("Delete", "delete", _delete, ended, disabled=not ended, about=about)


def undo_line() -> None:
    """Offer to take the last deletion back."""
    deleted: list[tuple[str, str]] = st.session_state.get(_UNDO, [])
    if not deleted:
        return
    names = ", ".join(name for _, name in deleted[:3]) + (" …" if len(deleted) > 3 else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Deleted: {plain(names)}. It lies in the trash.")
        st.button(
            "Undo",
            icon=":material/undo:",
            type="tertiary",
            key="runs.undo_delete",
            on_click=_take_back,
            help="Restores what was deleted last.",
        )


def _button(
    label: str,
    icon: str,
    act: Callable,
    runs: Sequence[Run],
    *more: str,
    about: str,
    disabled: bool = False,
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"runs.act.{label}",
        on_click=_doing,
        args=(act, runs, *more),
        disabled=disabled,
        type="tertiary",
        help=about,
    )


def _doing(act: Callable, runs: Sequence[Run], *given: object) -> None:
    """Do it from a callback, and say in place what goes wrong."""
    with told():
        act(runs, *given)
        look_again(*(run.run_id for run in runs))


def _star(runs: Sequence[Run], value: str) -> None:
    for run in runs:
        opened_store().log(run.run_id, tags={STARRED: value})


def _delete(runs: Sequence[Run]) -> None:
    for run in runs:
        opened_store().delete(run.run_id)
    gone = {run.run_id for run in runs}
    st.session_state[_UNDO] = [(run.run_id, run.name) for run in runs]
    left = [each for each in st.query_params.get("run", "").split(",") if each not in gone]
    st.query_params["run"] = ",".join(left)


def _take_back() -> None:
    ids = [run_id for run_id, _ in st.session_state.pop(_UNDO)]
    with told():
        for run_id in ids:
            opened_store().restore(run_id)
        st.query_params["run"] = ",".join(ids)
        look_again(*ids)


def _restore(runs: Sequence[Run]) -> None:
    for run in runs:
        opened_store().restore(run.run_id)
    st.session_state.pop(_UNDO, None)


def _named(run: Run) -> None:
    with st.popover("Rename", icon=":material/edit:", type="tertiary"):
        key = f"runs.name.{run.run_id}"
        st.text_input("Name", run.name, max_chars=200, key=key, help="MLflow shows it too.")
        _save("Save the name", _rename, run, key)


def _save(label: str, act: Callable, run: Run, key: str) -> None:
    st.button(
        label,
        on_click=_doing,
        args=(act, [run], key),
        key=f"{key}.save",
        help="For everybody who sees this run.",
    )


def _rename(runs: Sequence[Run], key: str) -> None:
    (run,) = runs
    name = st.session_state[key].strip()
    if name and name != run.name:
        opened_store().rename(run.run_id, name)


def _noted(run: Run) -> None:
    with st.popover("Note", icon=":material/sticky_note_2:", type="tertiary"):
        key = f"runs.note.{run.run_id}"
        note = run.tags.get(NOTE, "")
        st.text_area(
            "Note", note, max_chars=_LONGEST_NOTE, height=180, key=key,
            help="MLflow's own pages show it as the run's description.",
        )  # fmt: skip
        _save("Save the note", _note, run, key)


def _note(runs: Sequence[Run], key: str) -> None:
    (run,) = runs
    opened_store().log(run.run_id, tags={NOTE: st.session_state[key]})


def _tagged(runs: Sequence[Run]) -> None:
    with st.popover("Tag", icon=":material/sell:", type="tertiary"):
        own = sorted(
            {
                name
                for run in runs
                for name in run.tags
                if not name.startswith(("mlflow.", "convlab."))
            }
        )
        st.text_input(
            "New tag", key="runs.tag", max_chars=200, placeholder="for-the-talk, or owner=ada",
            help="A word, or a name and a value; the search finds both.",
        )  # fmt: skip
        st.button(
            "Add to the ticked", on_click=_doing, args=(_tag, runs), key="runs.tag.add",
            help="One that has this name already gets the new value.",
        )  # fmt: skip
        for name in own:
            st.button(
                plain(name),
                icon=":material/close:",
                key=f"runs.tag.{name}",
                on_click=_doing,
                args=(_untag, runs, name),
                help="Takes this tag from the ticked runs.",
            )


def _tag(runs: Sequence[Run]) -> None:
    from convcore.errors import ConvcoreError

    name, _, value = (part.strip() for part in st.session_state["runs.tag"].partition("="))
    if not name:
        return
    if name.startswith(("mlflow.", "convlab.")):
        raise ConvcoreError(f"tag: {name!r} is one of the system's own names. Choose another.")
    for run in runs:
        opened_store().log(run.run_id, tags={name: value})
    st.session_state["runs.tag"] = ""


def _untag(runs: Sequence[Run], name: str) -> None:
    for run in runs:
        if name in run.tags:
            opened_store().untag(run.run_id, name)


def _fork(run: Run) -> None:
    """Offer the training page with the settings of this run."""
    if run.config is None:
        return
    if st.button(
        "Fork",
        icon=":material/fork_right:",
        key="runs.fork",
        type="tertiary",
        help="Fills the training page with these settings. Started unchanged, it gives the same "
        "losses to the last digit on the CPU.",
    ):
        from lab.widgets.training_form import fill

        fill(run.config)
        st.switch_page("pages/cifar10.py")
