"""What the tap says of itself agrees with what it does."""

import json

import jsonschema
import pytest

from tap_intercom import __version__
from tap_intercom.cli.about import FORMATS, describe
from tap_intercom.config.settings import SETTINGS


def test_the_json_form_has_the_shape_that_other_taps_give() -> None:
    about = json.loads(describe("json"))
    assert about["name"] == "tap-intercom"
    assert about["version"] == __version__
    assert about["description"].startswith("Singer tap for Intercom")
    assert {"catalog", "discover", "state", "about"} <= set(about["capabilities"])
    assert about["supported_python_versions"][0] == "3.11"
    settings = about["settings"]
    assert settings["required"] == ["access_token", "start_date"]
    assert list(settings["properties"]) == [setting.name for setting in SETTINGS]
    assert settings["properties"]["access_token"]["secret"] is True
    assert settings["properties"]["start_date"]["format"] == "date-time"


def test_the_settings_are_a_json_schema_that_the_documented_configuration_fits() -> None:
    schema = json.loads(describe("json"))["settings"]
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(
        {
            "access_token": "YOUR_API_ACCESS_TOKEN",
            "start_date": "2019-01-01T00:00:00Z",
            "request_timeout": 300,
            "user_agent": "tap-intercom <api_user_email@your_company.com>",
        }
    )
    validator.validate({setting.name: setting.example for setting in SETTINGS})
    assert not validator.is_valid({"access_token": "x"})
    assert not validator.is_valid({"access_token": "x", "start_date": "2019-01-01", "region": "uk"})


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_names_every_setting_and_ends_with_a_line_break(form: str) -> None:
    text = describe(form)
    assert all(setting.name in text for setting in SETTINGS)
    assert text.endswith("\n")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_readable_forms_name_the_variables(form: str) -> None:
    text = describe(form)
    assert all(setting.variable in text for setting in SETTINGS)
    assert "default 64" in text or "`64`" in text
