import pytest
from tests.cast import Cast
def test_it(cast: Cast):
    c=cast.aoi.browser()
    for u in ["/","/cancellations/","/waiting/","/settings/","/settings/shop/","/settings/reasons/","/settings/reasons/new/","/settings/connections/","/settings/members/","/scenarios/"]:
        r=c.get(u+"?lang=en"); print(u,r.status_code,len(r.content)); assert r.status_code==200
