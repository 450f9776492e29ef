"""The survey form `a-labels-en.xlsx` as an office asks it in Khmer: its questions and options translated, its title long.

Some options are written as our own labels are, others as people write them.
"""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook, load_workbook

ENGLISH = Path(__file__).parents[1] / "registers" / "cases" / "a-labels-en.xlsx"
TITLE = "ការតាមដានភាពជាដៃគូរវាងអង្គការ និងអាជ្ញាធរមូលដ្ឋាន"
QUESTIONS = {
    "Province": "តើនៅខេត្តណា?",
    "District": "ស្រុក/ខណ្ឌ",
    "Name of the NGO (in full)": "ឈ្មោះពេញរបស់អង្គការ",
    "Name of the NGO": "ឈ្មោះអង្គការ",
    "Kind of NGO": "ប្រភេទអង្គការ",
    "Government partner": "ដៃគូខាងអាជ្ញាធរ",
    "Kind of government partner": "ប្រភេទដៃគូខាងអាជ្ញាធរ",
    "Sectors": "ធ្វើការក្នុងវិស័យអ្វីខ្លះ?",
    "What is the partnership for?": "ភាពជាដៃគូនេះសម្រាប់អ្វី?",
    "When did the partnership begin?": "តើចាប់ផ្ដើមនៅពេលណា?",
    "When did it end?": "តើបញ្ចប់នៅពេលណា?",
    "Why did it end?": "ហេតុអ្វីបានជាបញ្ចប់?",
    "GPS": "ទីតាំង",
    "Photo of the signed paper": "រូបថតឯកសារ",
    "Date of assessment": "ថ្ងៃខែវាយតម្លៃ",
    "Stage of the partnership": "ភាពជាដៃគូស្ថិតក្នុងដំណាក់កាលណា?",
    "Who rated?": "តើអ្នកណាវាយតម្លៃ?",
    "What is it based on?": "ផ្អែកលើអ្វី?",
    "Remarks": "កំណត់សម្គាល់",
    "Mechanism": "យន្តការ",
    "Date signed": "ថ្ងៃចុះហត្ថលេខា",
}
OPTIONS = {
    "Siem Reap": "សៀមរាប", "Battambang": "បាត់ដំបង", "Pursat": "ពោធិ៍សាត់", "Ratanakiri": "រតនគិរី",
    "Phnom Penh": "ភ្នំពេញ", "Kampong Thom": "កំពង់ធំ",
    "Trade union": "សហជីព", "Community based organization": "សហគមន៍", "NGO": "អង្គការ", "Radio or press": "វិទ្យុ",
    "Commune council": "ក្រុមប្រឹក្សាឃុំ", "Provincial office": "ការិយាល័យខេត្ត", "District office": "ការិយាល័យស្រុក",
    "School or health centre": "សាលារៀន", "Ministry": "ក្រសួង",
    "Water": "ទឹក", "Education": "អប់រំ", "Health": "សុខភាព", "Natural resources": "ធនធានធម្មជាតិ",
    "Local governance": "អភិបាលកិច្ចមូលដ្ឋាន",
    "Service delivery": "ផ្តល់សេវា", "Accountability": "គណនេយ្យភាព", "Learning": "ការរៀន",
    "Money ran out": "អស់ថវិកា",
    "Coalition": "សម្ព័ន្ធ", "Collaboration": "កិច្ចសហការ", "Integrated": "សមាហរណកម្ម",
    "M&E team": "ក្រុមតាមដាន", "Government": "រដ្ឋ",
    "Interview": "ការសម្ភាស", "Document": "ឯកសារ", "Visit": "ចុះមើល",
    "Letter of support": "លិខិតគាំទ្រ", "Joint committee": "គណៈកម្មការរួម", "MoU": "អនុស្សរណៈ",
    "Community scorecard": "ប័ណ្ណពិន្ទុ", "Joint training": "វគ្គបណ្ដុះបណ្ដាលរួម",
}  # fmt: skip
# what somebody of the office answers: by the question's column, or by the word that is asked about
COLUMNS = {
    "តើនៅខេត្តណា?": "province",
    "ឈ្មោះពេញរបស់អង្គការ": "non_state",
    "ដៃគូខាងអាជ្ញាធរ": "state",
    "ប្រភេទអង្គការ": "non_state_kind",
    "ប្រភេទដៃគូខាងអាជ្ញាធរ": "state_kind",
    "ធ្វើការក្នុងវិស័យអ្វីខ្លះ?": "sectors",
    "ភាពជាដៃគូនេះសម្រាប់អ្វី?": "functions",
    "តើចាប់ផ្ដើមនៅពេលណា?": "start",
    "តើបញ្ចប់នៅពេលណា?": "end",
    "ហេតុអ្វីបានជាបញ្ចប់?": "end_reason",
    "ថ្ងៃខែវាយតម្លៃ": "date",
    "ភាពជាដៃគូស្ថិតក្នុងដំណាក់កាលណា?": "stage",
    "តើអ្នកណាវាយតម្លៃ?": "rated_by",
    "ផ្អែកលើអ្វី?": "evidence",
    "កំណត់សម្គាល់": "note",
    "យន្តការ": "mechanism",
    "ថ្ងៃចុះហត្ថលេខា": "start",
    "ឈ្មោះអង្គការ": "non_state",
    "ស្រុក/ខណ្ឌ": "district",
}
WORDS = {
    ("non_state_kind", "សហគមន៍"): "community_group",
    ("non_state_kind", "អង្គការ"): "ngo",
    ("non_state_kind", "វិទ្យុ"): "media",
    ("state_kind", "ក្រុមប្រឹក្សាឃុំ"): "commune_council",
    ("state_kind", "ការិយាល័យខេត្ត"): "provincial_office",
    ("state_kind", "ការិយាល័យស្រុក"): "district_office",
    ("state_kind", "សាលារៀន"): "service_provider",
    ("sectors", "ធនធានធម្មជាតិ"): "environment",
    ("functions", "ផ្តល់សេវា"): "service_delivery",
    ("functions", "ការរៀន"): "learning",
    ("rated_by", "ក្រុមតាមដាន"): "independent",
    ("evidence", "ចុះមើល"): "observation",
    ("mechanism", "អនុស្សរណៈ"): "mou",
    ("mechanism", "ប័ណ្ណពិន្ទុ"): "scorecard",
    ("mechanism", "វគ្គបណ្ដុះបណ្ដាលរួម"): "training",
}


def write(file: Path) -> Path:
    """Write the form as its exporter would: the sheet's name cut after 31 characters, the title whole in its groups."""
    book = Workbook()
    book.remove(book.active)
    for sheet in load_workbook(ENGLISH):
        main = sheet.title == "Partnership monitoring"
        copy = book.create_sheet(f"{TITLE[:28]}..." if main else sheet.title)
        header, *rows = sheet.iter_rows(values_only=True)
        names = [str(name) for name in header]
        copy.append([_header(name) for name in names])
        for row in rows:
            copy.append([_cell(name, value) for name, value in zip(names, row, strict=True)])
    book.save(file)
    return file


def _header(name: str) -> str:
    question, sign, option = name.partition("/")
    if question in QUESTIONS and sign:
        return f"{QUESTIONS[question]}/{OPTIONS[option]}"
    return QUESTIONS.get(name, name)


def _cell(name: str, value: object) -> object:
    if name == "_parent_table_name":
        return TITLE
    if name in ("Sectors", "What is the partnership for?") and isinstance(value, str):
        for english in sorted(OPTIONS, key=len, reverse=True):
            value = value.replace(english, OPTIONS[english])
        return value
    named = name.startswith(("_", "Name", "Government partner"))
    return value if named or not isinstance(value, str) else OPTIONS.get(value, value)
