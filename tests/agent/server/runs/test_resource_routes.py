"""Artifacts, plans, tools, and the OpenAPI document."""

import re

import jsonschema
import pytest

from tests.agent.server.conftest import Api, base64_of, picture

pytestmark = pytest.mark.slow


async def test_an_artifact_tells_how_it_was_made(api: Api) -> None:
    run = await api.run("paint")
    link = run["results"][0]["artifacts"][0]

    info = (await api.client.get(f"{link['url']}/info")).json()

    assert info["run"] == run["id"]
    assert info["kind"] == "image"
    assert info["lineage"]["tool"] == "paint"
    assert info["lineage"]["arguments"] == {"number": 200, "ms": 1}


async def test_an_artifact_is_served_in_ranges_and_not_twice(api: Api) -> None:
    run = await api.run("paint")
    address = run["results"][0]["artifacts"][0]["url"]
    whole = await api.client.get(address)

    part = await api.client.get(address, headers={"range": "bytes=1-3"})
    last = await api.client.get(address, headers={"range": "bytes=-4"})
    outside = await api.client.get(address, headers={"range": f"bytes={len(whole.content)}-"})
    known = await api.client.get(address, headers={"if-none-match": whole.headers["etag"]})

    assert (part.status_code, part.content) == (206, b"PNG")
    assert last.content == whole.content[-4:]
    assert outside.status_code == 416
    assert (known.status_code, known.content) == (304, b"")
    assert "default-src 'none'" in whole.headers["content-security-policy"]


@pytest.mark.parametrize("digest", ["0" * 64, "x", "..%2f..%2fkeys", "A" * 64])
async def test_an_unknown_artifact_is_not_found(api: Api, digest: str) -> None:
    response = await api.client.get(f"/v1/artifacts/{digest}")

    assert response.status_code == 404


async def test_a_plan_is_checked_with_the_files_that_it_uses(api: Api) -> None:
    plan = "value = redness(image1, ms=1)\nsay(value)"
    body = {"plan": plan, "files": [{"data": base64_of(picture())}]}

    valid = (await api.client.post("/v1/plans/check", json=body)).json()
    invalid = (await api.client.post("/v1/plans/check", json={"plan": plan})).json()

    assert valid["valid"]
    assert valid["plan"] == "value = redness(image1, ms=1)\nsay(value)\n"
    assert [step["tool"] for step in valid["steps"]] == ["redness"]
    assert valid["estimate"]["unknown"] == ["redness"]
    assert not invalid["valid"]
    assert [(problem["line"], problem["column"]) for problem in invalid["problems"]] == [(1, 17)]


async def test_tools_are_listed_with_their_types(api: Api) -> None:
    tools = {tool["name"]: tool for tool in (await api.client.get("/v1/tools")).json()["data"]}

    assert tools["paint"]["signature"] == "paint(number: Integer, ms: Integer) -> Image"
    assert tools["draw"]["parameters"] == [
        {"name": "prompt", "type": "Text", "required": True, "default": None}
    ]
    assert tools["describe"]["available"]
    unavailable = [tool for tool in tools.values() if not tool["available"]]
    assert all(tool["why_unavailable"] for tool in unavailable)


async def test_responses_are_as_the_openapi_document_says(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    run = await api.run("paint", files=[{"data": base64_of(picture())}])
    waiting = await api.run("paint", ask_first=True)
    digest = run["results"][0]["artifacts"][0]["digest"]
    responses = {
        "/health": "/health",
        "/v1/runs": "/v1/runs",
        "/v1/runs/{run}": f"/v1/runs/{waiting['id']}",
        "/v1/artifacts/{digest}/info": f"/v1/artifacts/{digest}/info",
        "/v1/tools": "/v1/tools",
    }
    for path, address in responses.items():
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        jsonschema.validate((await api.client.get(address)).json(), schema)
    wrong = (await api.client.get("/v1/runs/none")).json()
    error = document["paths"]["/v1/runs/{run}"]["get"]["responses"]["404"]["content"]
    schema = {**error["application/json"]["schema"], "components": document["components"]}
    jsonschema.validate(wrong, schema)


async def test_a_run_that_fails_has_a_documented_status(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    response = await api.client.post("/v1/images/generations", json={"prompt": "0"})
    documented = document["paths"]["/v1/images/generations"]["post"]["responses"]

    assert response.status_code == 422
    assert "ErrorBody" in str(documented["422"])
    assert "422" not in document["paths"]["/v1/tools"]["get"]["responses"]


async def test_every_reference_of_the_openapi_document_leads_somewhere(api: Api) -> None:
    response = await api.client.get("/openapi.json")
    names = set(re.findall(r'"#/components/schemas/(\w+)"', response.text))

    assert names <= set(response.json()["components"]["schemas"])
    assert "HTTPValidationError" not in response.text
