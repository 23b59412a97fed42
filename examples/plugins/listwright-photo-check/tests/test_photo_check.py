import listwright_photo_check as plugin

from listwright.plugins.testing import call, product


def test_too_few_photos_are_a_problem_that_leads_to_the_images() -> None:
    none, few, enough = call(plugin, "readiness_checks", [product(image_count=n) for n in (0, 2, 3)])
    assert none == [] and enough == []
    assert few[0].field == "images" and "there are 2, 3 are wanted" in few[0].message
