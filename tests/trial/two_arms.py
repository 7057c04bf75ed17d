"""Placebo and denosumab: the two arms that tests of runs share, and the study around them."""

ARMS = """[[arm]]
name = "placebo"
[[arm]]
name = "denosumab"
[[arm.regimen]]
drug = "denosumab"
dose = "60 mg"
route = "subcutaneous"
every = "6 months"
"""


def endpoint(name, visit, **more):
    """Text of an endpoint against placebo; more keys as strings."""
    keys = "".join(f'{k.rstrip("_")} = "{v}"\n' for k, v in more.items())
    return f'[[endpoint]]\nname = "{name}"\nvisit = "{visit}"\n{keys}compare = "placebo"\n'


def study_text(title, cohort, patients, visits, rest="", design="", population=""):
    """Text of a study of the two arms. visits: months; rest: endpoints and tables behind the arms."""
    at = ", ".join(f'"{month} months"' for month in visits)
    head = (
        f'format = 1\ntitle = "{title}"\n[population]\ncohort = "{cohort}"\npatients_per_arm = {patients}\n{population}'
    )
    return f'\n{head}[design]\n{design}duration = "{visits[-1]} months"\nvisits = [{at}]\n{ARMS}{rest}'
