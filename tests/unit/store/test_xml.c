/* store/text/xml.c: responses of services, and malformed documents. */
#include "store/text/xml.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/guard.h"

/* All events of a document as a text: "<a", "a:text>", and "." or "!" at the end. */
static void events_are(const char *document, size_t n, const char *want)
{
    guard g = guard_copy(document, n);
    buf text = {0}, all = {0};
    xml x = xml_begin(g.at, g.len, &text);
    for (size_t steps = 0;; steps++) {
        const xml_event e = xml_next(&x);
        cr_assert_lt(steps, n + 2, "it ends");
        if (e == XML_END || e == XML_BAD) {
            buf_printf(&all, "%s", e == XML_END ? "." : "!");
            break;
        }
        const int len = (int)x.open[x.level].len;
        const char *name = x.open[x.level].at;
        if (e == XML_OPEN)
            buf_printf(&all, "<%.*s ", len, name);
        else
            buf_printf(&all, "%.*s:%s> ", len, name, buf_text(&text));
    }
    cr_assert_str_eq(buf_text(&all), want, "%.*s", (int)n, document);
    buf_free(&all);
    buf_free(&text);
    guard_free(&g);
}

static void events(const char *document, const char *want)
{
    events_are(document, strlen(document), want);
}

Test(xml, elements_and_text)
{
    events("<a/>", "<a a:> .");
    events("<?xml version=\"1.0\"?>\n<a><b>1</b><b> 2 </b></a>\n", "<a <b b:1> <b b: 2 > a:> .");
    events("\xef\xbb\xbf<a x='/>' y=\"</a>\">t<!-- > -->u</a>", "<a a:tu> .");
    events("<a><![CDATA[<b>&amp;]]>c</a>", "<a a:<b>&amp;c> .");
    events("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#xe9;</a>",
           "<a a:<>&\"'A\xf0\x9f\x98\x80\xc3\xa9> .");
    events("<s:a><s:b/></s:a >", "<s:a <s:b s:b:> s:a:> .");
}

Test(xml, malformed_documents)
{
    static const char *const none[] = {"", "x", "<", "<>", "</a>", "<!DOCTYPE a>", "<?xml", "<!--"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        events(none[i], "!");
    static const char *const begins[] = {
        "<a>",
        "<a>&no;</a>",
        "<a>&#0;</a>",
        "<a>&#xd800;</a>",
        "<a>&#x110000;</a>",
        "<a>&#1;</a>",
        "<a></b>",
        "<a></a",
        "<a>&amp</a>",
        "<a><!ENTITY x 'y'>",
        "<a>&#99999999999999999999;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>&;</a>",
        "<a><![CDATA[x</a>",
    };
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        events(begins[i], "<a !");
    events("<a></a><b/>", "<a a:> !");
    events("<a></a>x", "<a a:> !");
    events("<a x='>", "!");
    events_are("<a>\0</a>", 8, "<a !");
    events_are("<a><![CDATA[\0]]></a>", 20, "<a !");
}

Test(xml, every_prefix_terminates)
{
    static const char whole[] = "<?xml version='1.0'?><a b='c'><d>&#x41;<![CDATA[x]]></d><e/></a>";
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        guard g = guard_copy(whole, n);
        buf text = {0};
        xml x = xml_begin(g.at, g.len, &text);
        xml_event e;
        while ((e = xml_next(&x)) == XML_OPEN || e == XML_CLOSE)
            ;
        cr_assert_eq(e, XML_BAD, "%zu", n);
        buf_free(&text);
        guard_free(&g);
    }
}

Test(xml, depth_is_bounded)
{
    buf text = {0}, deep = {0};
    for (size_t i = 0; i <= XML_DEPTH_MAX; i++)
        buf_printf(&deep, "<a>");
    xml x = xml_begin(deep.at, deep.len, &text);
    for (size_t i = 0; i < XML_DEPTH_MAX; i++)
        cr_assert_eq(xml_next(&x), XML_OPEN);
    cr_assert_eq(xml_next(&x), XML_BAD);
    buf_free(&deep);
    buf_free(&text);
}

Test(xml, finding_an_element)
{
    static const char document[] = "<r><a><Id>1</Id></a><Id>2</Id><e/></r>";
    buf out = {0};
    cr_assert(xml_find(&out, document, sizeof document - 1, "Id"));
    cr_assert_str_eq(buf_text(&out), "1");
    cr_assert(xml_find(&out, document, sizeof document - 1, "e"));
    cr_assert_not(xml_find(&out, document, sizeof document - 1, "none"));
    cr_assert_str_eq(buf_text(&out), "1");
    buf_free(&out);
}
