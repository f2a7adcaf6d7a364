"""Invented signatures of other countries, and of no country at all."""

from tests.signature_sample import signature

ELSEWHERE = {
    "dutch": signature(
        """
Met vriendelijke groet,

Sanne de Wit
Hoofd Inkoop

De Wit Interieurbouw B.V.
Keizersgracht 555
1017 DR Amsterdam
T 020 555 0180
M 06 55501234
KvK 12345678
""",
        "sanne@dewitinterieurbouw.example",
        "Sanne de Wit",
        "nl",
        title="Hoofd Inkoop",
        company="De Wit Interieurbouw B.V.",
        street="Keizersgracht 555",
        postcode="1017 DR",
        city="Amsterdam",
        country="NL",
        phone="+31205550180",
        mobile="+31655501234",
    ),
    "belgian": signature(
        """
Luc Peeters
Zaakvoerder
Peeters Verlichting BVBA
Grote Steenweg 210
B-2600 Berchem
Tel +32 3 555 01 20
Gsm +32 475 55 01 20
""",
        "luc@peeters-verlichting.example",
        "Luc Peeters",
        "nl",
        title="Zaakvoerder",
        company="Peeters Verlichting BVBA",
        street="Grote Steenweg 210",
        postcode="2600",
        city="Berchem",
        country="BE",
        phone="+3235550120",
        mobile="+32475550120",
    ),
    "portuguese": signature(
        """
Rui Tavares
Diretor Comercial
Tavares & Irmãos, Lda.
Rua do Comércio, 118, 2º andar
4050-212 Porto
Telefone: +351 22 555 0123
Telemóvel: +351 912 555 012
""",
        "rui.tavares@tavares-irmaos.example",
        "Rui Tavares",
        "pt",
        title="Diretor Comercial",
        company="Tavares & Irmãos, Lda.",
        street="Rua do Comércio, 118, 2º andar",
        postcode="4050-212",
        city="Porto",
        country="PT",
        phone="+351225550123",
        mobile="+351912555012",
    ),
    "british": signature(
        """
Kind regards

Rachel Stone
Head of Procurement
Stonefield Ltd
Unit 4, 22 Wharf Road
Leeds
LS1 4AP
Tel: 0113 496 0123
Mob: 07700 900123
Registered in England No. 01234567. Registered office: 1 Example Square, London EC1A 1BB
""",
        "rachel.stone@stonefield.example",
        "Rachel Stone",
        "en",
        title="Head of Procurement",
        company="Stonefield Ltd",
        street="22 Wharf Road",
        postcode="LS1 4AP",
        city="Leeds",
        country="GB",
        phone="+441134960123",
        mobile="+447700900123",
    ),
    "american": signature(
        """
Mary Ellison, CPA
Vice President, Finance
Ellison Cabinetry, Inc.
1200 Harbor View Drive, Suite 310
Portland, OR 97201
Office: (503) 555-0142 ext. 12
Cell: 503.555.0187
www.ellisoncabinetry.example
""",
        "mellison@ellisoncabinetry.example",
        "Mary Ellison",
        "en",
        title="Vice President, Finance",
        company="Ellison Cabinetry, Inc.",
        street="1200 Harbor View Drive, Suite 310",
        postcode="97201",
        city="Portland",
        region="OR",
        country="US",
        phone="+15035550142",
        mobile="+15035550187",
        website="www.ellisoncabinetry.example",
    ),
    "american, two columns": signature(
        """
Dan Whitaker                         Whitaker Lighting Group
Senior Account Manager               PO Box 1182
dan@whitakerlighting.example     Boulder, Colorado 80302
                                     303-555-0119 (fax)
                                     303-555-0118
""",
        "dan@whitakerlighting.example",
        "Dan Whitaker",
        "en",
        title="Senior Account Manager",
        company="Whitaker Lighting Group",
        street="PO Box 1182",
        postcode="80302",
        city="Boulder",
        region="Colorado",
        country="US",
        phone="+13035550118",
        fax="+13035550119",
    ),
    "canadian": signature(
        """
Geneviève Tremblay
Chargée de projets
Éclairage Boréal inc.
455, rue Saint-Paul Est, bureau 200
Montréal (Québec) H2Y 1H2
Tél. : 514 555-0133
""",
        "gtremblay@eclairageboreal.example",
        "Geneviève Tremblay",
        "fr",
        title="Chargée de projets",
        company="Éclairage Boréal inc.",
        street="455, rue Saint-Paul Est, bureau 200",
        postcode="H2Y 1H2",
        city="Montréal",
        region="Québec",
        country="CA",
        phone="+15145550133",
    ),
    "australian": signature(
        """
Tom Nguyen
Site Supervisor | Southern Joinery Pty Ltd
18 Collins Street, Melbourne VIC 3000
P: (03) 5550 1234  M: 0491 570 156
""",
        "tom@southernjoinery.example",
        "Tom Nguyen",
        "en",
        title="Site Supervisor",
        company="Southern Joinery Pty Ltd",
        street="18 Collins Street",
        postcode="3000",
        city="Melbourne",
        region="VIC",
        country="AU",
        phone="+61355501234",
        mobile="+61491570156",
    ),
    "swedish": signature(
        """
Erik Lundgren
Inköpschef
Lundgren Möbler AB
Storgatan 14
411 38 Göteborg
Tel: 031-390 06 12
Mobil: 070-174 06 15
""",
        "erik@lundgren-mobler.example",
        "Erik Lundgren",
        "",
        title="Inköpschef",
        company="Lundgren Möbler AB",
        street="Storgatan 14",
        postcode="411 38",
        city="Göteborg",
        country="SE",
        phone="+46313900612",
        mobile="+46701740615",
    ),
    "title at company": signature(
        """
Lucas Martin · Chef de projet chez Brightbox
+33 6 39 98 55 02 · linkedin.com/in/lucas-martin-demo
""",
        "lucas@brightbox.example",
        "Lucas Martin",
        "fr",
        title="Chef de projet",
        company="Brightbox",
        mobile="+33639985502",
        profile="linkedin.com/in/lucas-martin-demo",
    ),
    "freelancer with free mail": signature(
        """
Nora Lind
Graphic Designer & Illustrator
www.noralind.example
m +44 7700 900456
""",
        "nora.lind.design@gmail.com",
        "Nora Lind",
        "en",
        title="Graphic Designer & Illustrator",
        mobile="+447700900456",
        website="www.noralind.example",
    ),
    "nothing but a motto": signature(
        """
Sam

"The best way to predict the future is to invent it."
Sent from my phone
""",
        "sam@harbour.example",
        "Sam Reed",
        "en",
    ),
    "bold, brackets and link targets": signature(
        """
*Olivia Grant*
*Operations Director*
*Grant & Sons* <https://www.grantandsons.example/>
[cid:image001.png@01DA.5A3B] Follow us on LinkedIn <https://www.linkedin.com/company/grant-and-sons-demo/>
*Direct:* +1 (212) 555-0164 *Main:* +1 (212) 555-0100
""",
        "olivia@grantandsons.example",
        "Olivia Grant",
        "en",
        title="Operations Director",
        company="Grant & Sons",
        phone="+12125550164",
        website="www.grantandsons.example",
        profile="linkedin.com/company/grant-and-sons-demo",
    ),
}
