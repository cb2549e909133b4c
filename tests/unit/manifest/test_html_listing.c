/* manifest/html_listing.c: folder listings of web servers, recorded and malformed. */
#include "manifest/html_listing.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

/* "NAME[/] SIZE[~] TIME LINE;" of each entry. */
static int describe(void *user, const html_entry *e, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX] = "-", size[32] = "-";
    (void)err;
    if (e->problem) {
        buf_printf(user, "!%s%u;", e->problem, e->line);
        return CZ_OK;
    }
    if (e->modified)
        timestamp_format(time, e->modified);
    if (e->size != UINT64_MAX)
        (void)snprintf(size, sizeof size, "%" PRIu64 "%s", e->size, e->size_is_rounded ? "~" : "");
    buf_printf(user, "%s%s %s %s %u;", e->name, e->is_folder ? "/" : "", size, time, e->line);
    return CZ_OK;
}

static void listing_is(const char *page, size_t n, const char *want)
{
    guard g = guard_copy(page, n);
    buf got = {0};
    const int rc =
        html_listing_parse((const char *)g.at, g.len, "/files/2018/", describe, &got, NULL);
    cr_assert_eq(rc, CZ_OK);
    cr_assert_str_eq(buf_text(&got), want, "%.*s", (int)n, page);
    buf_free(&got);
    guard_free(&g);
}

static void listing(const char *page, const char *want)
{
    listing_is(page, strlen(page), want);
}

Test(html_listing, apache_in_pre)
{
    listing(
        "<html><pre><img src=\"/icons/blank.gif\" alt=\"Icon \"> <a href=\"?C=N;O=D\">Name</a> "
        "<a href=\"?C=M;O=A\">Last modified</a> <hr>"
        "<img src=\"/icons/back.gif\" alt=\"[PARENTDIR]\"> <a href=\"/files/\">Parent "
        "Directory</a>                             -   \n"
        "<img src=\"/icons/folder.gif\" alt=\"[DIR]\"> <a href=\"07/\">07/</a>   2018-07-31 "
        "23:59    -   \n"
        "<img src=\"/icons/movie.gif\" alt=\"[VID]\"> <a "
        "href=\"CAMHDA301-20180712T001500.mov\">CAMHDA301-20180712T0..&gt;</a> 2018-07-12 "
        "00:16   14G  \n"
        "<img src=\"/icons/unknown.gif\"> <a href=\"a.mov.md5\">a.mov.md5</a> 2018-07-12 00:17  "
        " 33   \n<hr></pre>",
        "07/ - 2018-07-31T23:59:00Z 2;"
        "CAMHDA301-20180712T001500.mov 15032385536~ 2018-07-12T00:16:00Z 3;"
        "a.mov.md5 33 2018-07-12T00:17:00Z 4;");
}

Test(html_listing, apache_table)
{
    listing("<table><tr><th><a href=\"?C=S;O=A\">Size</a></th></tr>\n"
            "<tr><td><a href=\"../\">Parent Directory</a></td><td>&nbsp;</td></tr>\n"
            "<tr><td valign=\"top\"><img src=\"x\"></td><td><a href=\"a.mov\">a.mov</a></td>"
            "<td align=\"right\">2018-07-12 00:16  </td><td align=\"right\">1.5M</td>"
            "<td>&nbsp;</td></tr>\n<tr><td><a href='b%20c.mov'>b c.mov</a></td></tr>",
            "a.mov 1572864~ 2018-07-12T00:16:00Z 3;b c.mov - - 4;");
}

Test(html_listing, nginx_and_lighttpd)
{
    listing("<pre><a href=\"../\">../</a>\r\n<a href=\"12/\">12/</a>         12-Jul-2018 00:16     "
            "    -\r\n<a href=\"a.mov\">a.mov</a>       12-Jul-2018 00:16    15234567890\r\n</pre>",
            "12/ - 2018-07-12T00:16:00Z 2;a.mov 15234567890 2018-07-12T00:16:00Z 3;");
    listing("<tr class=\"d\"><td class=\"n\"><a href=\"a.mov\">a.mov</a></td><td "
            "class=\"m\">2018-Jul-12 00:16:05</td><td class=\"s\">14.2G</td></tr>",
            "a.mov 15247133900~ 2018-07-12T00:16:05Z 1;");
}

Test(html_listing, plain_lists)
{
    listing("<ul><li><a href=\"a.mov\"> a.mov</a></li>\n<li><A HREF=b.mov>b</A>",
            "a.mov - - 1;b.mov - - 2;");
    listing("<a href = \"./c.mov\">c</a><a title=\"x\" href='/files/2018/d.mov'>d</a>",
            "c.mov - - 1;d.mov - - 1;");
    listing("<a href=\"R&amp;D&#x20;&#45;1.mov\">x</a>", "R&D -1.mov - - 1;");
}

Test(html_listing, links_elsewhere_are_ignored)
{
    static const char *const hrefs[] = {
        "",
        "/",
        "..",
        "../",
        "../a.mov",
        ".",
        "./",
        "/a.mov",
        "//b/a.mov",
        "a/b.mov",
        "http://b/a",
        "x:a.mov",
        "?a.mov",
        "#a.mov",
        "a.mov?x",
        "a.mov#x",
        "%2e%2e",
        "%2E%2e/",
        "a%2fb.mov",
        "a\\b.mov",
        "/files/2018/",
        "/files/20180/a.mov",
        "./../a.mov",
        ".//a.mov",
        "&#47;a.mov",
    };
    for (size_t i = 0; i < sizeof hrefs / sizeof *hrefs; i++) {
        char page[128];
        (void)snprintf(page, sizeof page, "<a href=\"%s\">a.mov</a> 2018-07-12 00:16 1", hrefs[i]);
        listing(page, "");
    }
}

Test(html_listing, dates_and_sizes_that_are_none)
{
    static const char *const tails[] = {
        "2018-02-30 00:16 7", "2018-13-01 00:16 7", "2018-07-12 24:16 7", "12-Foo-2018 00:16 7",
        "2018-07-12 7",       "2018-07 00:16",      "99999-07-12 00:16",  "- 7",
    };
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        char page[128];
        (void)snprintf(page, sizeof page, "<a href=\"a.mov\">a</a> %s", tails[i]);
        listing(page, "a.mov - - 1;");
    }
    static const char *const sizes[] = {
        "-", "x", "7x", "99999999999999999999", "9999999999999999P", ".5", "8Y", "0x10"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char page[128];
        (void)snprintf(page, sizeof page, "<a href=\"a.mov\">a</a> 2018-07-12 00:16 %s", sizes[i]);
        listing(page, "a.mov - 2018-07-12T00:16:00Z 1;");
    }
}

Test(html_listing, every_cut_of_a_page)
{
    static const char page[] = "<html><pre><a href=\"?C=N\">N</a><a href='a&amp;b.mov'>a</a> "
                               "2018-07-12 00:16 1.5K<br><A HREF=c.mov>c</A> 12-Jul-2018 00:16 9";
    for (size_t n = 0; n < sizeof page; n++) {
        guard g = guard_copy(page, n);
        buf got = {0};
        cz_error err;
        const int rc = html_listing_parse((const char *)g.at, n, "/", describe, &got, &err);
        cr_assert(rc == CZ_OK || (rc == CZ_FORMAT && n < 6), "%zu bytes: %d", n, rc);
        buf_free(&got);
        guard_free(&g);
    }
}

Test(html_listing, long_names)
{
    static char page[8192], name[5000];
    memset(name, 'x', sizeof name - 1);
    (void)snprintf(page, sizeof page, "<a href=\"%s.mov\">x</a><a href=\"a.mov\">a</a>", name);
    listing(page, "!link is too long, or has an unknown entity1;a.mov - - 1;");
}

static int refuse(void *user, const html_entry *e, cz_error *err)
{
    ++*(int *)user;
    return cz_fail(err, CZ_FULL, "%s: enough", e->name);
}

Test(html_listing, errors_are_passed_on)
{
    cz_error err;
    int calls = 0;
    const char page[] = "<a href=\"a.mov\">a</a><a href=\"b.mov\">b</a>";
    cr_assert_eq(html_listing_parse(page, sizeof page - 1, "/", refuse, &calls, &err), CZ_FULL);
    cr_assert_eq(calls, 1);
    cr_assert_eq(html_listing_parse("not found", 9, "/", refuse, &calls, &err), CZ_FORMAT);
    alloc_fail_at(1);
    const int rc = html_listing_parse(page, sizeof page - 1, "/", refuse, &calls, &err);
    cr_assert(alloc_fail_end());
    cr_assert_eq(rc, CZ_NOMEM);
}

/* Names with a colon, as Apache writes them, and a bare '&'. */
Test(html_listing, names_with_a_colon_or_an_ampersand)
{
    listing(
        "<pre><a href=\"./2018-07-12T00:15:00.mov\">x</a>\n<a href=\"/files/2018/a:b.mov\">x</a>"
        "\n<a href=\"a&b.mov\">x</a>\n<a href=\"a&amp;b;c.mov\">x</a>\n"
        "<a href=\"javascript:x.mov\">x</a>\n<a href=\"&a.mov\">x</a></pre>",
        "2018-07-12T00:15:00.mov - - 1;a:b.mov - - 2;a&b.mov - - 3;a&b;c.mov - - 4;&a.mov - - 6;");
}

/* A file that cannot be named is reported: its row must not be missing silently. */
Test(html_listing, entries_that_cannot_be_named)
{
    static const char *const encodings[] = {"a%00.mov", "a%0ab.mov",  "%7f.mov", "%zz.mov",
                                            "a%2.mov",  "a%.mov.md5", "%ff%0/"};
    static const char *const entities[] = {"&#0;a.mov", "&foo;a.mov", "a&eacute;.mov"};
    static const char *const others[] = {"a%00.txt", "&foo;a.txt", "?&foo;.mov", "../&foo;.mov"};
    char page[128];
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        (void)snprintf(page, sizeof page, "<a href=\"%s\">x</a>", encodings[i]);
        listing(page, "!link has an invalid encoding or a control character1;");
    }
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        (void)snprintf(page, sizeof page, "<a href=\"%s\">x</a>", entities[i]);
        listing(page, "!link is too long, or has an unknown entity1;");
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        (void)snprintf(page, sizeof page, "<a href=\"%s\">x</a>", others[i]);
        listing(page, "");
    }
}

/* A link that is not closed does not hide the next one. */
Test(html_listing, links_that_are_not_closed)
{
    listing("<pre><a href=\"a.mov\">a.mov\n<a href=\"b.mov\">b.mov\n</pre>",
            "a.mov - - 1;b.mov - - 2;");
}
