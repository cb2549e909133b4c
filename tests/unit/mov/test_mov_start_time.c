#include "mov/start_time.h"

#include <criterion/criterion.h>

#include "base/timestamp.h"

static int64_t at(const char *text)
{
    int64_t ns;
    cr_assert(timestamp_parse(&ns, text), "%s", text);
    return ns;
}

Test(filename_time, camhd_file_names)
{
    static const struct {
        const char *name, *time;
        bool utc_suffix;
        int part;
    } names[] = {
        {"CAMHDA301-20180712T001500.mov", "2018-07-12T00:15", false, -1},
        {"CAMHDA301-20160712T060000Z.mov", "2016-07-12T06:00", true, -1},
        {"CAMHDA301-20150805T100015Z_01.mov", "2015-08-05T10:00:15", true, 1},
        {"CAMHDA301-20150805T100015Z_0003.mov", "2015-08-05T10:00:15", true, 3},
        {"CAMHDA301-20150805T100015_12.mov", "2015-08-05T10:00:15", false, 12},
        {"20180712T001500", "2018-07-12T00:15", false, -1},
        {"a-99999999T000000-20180712T001500.mov", "2018-07-12T00:15", false, -1},
        {"20180712T001500_proxy.mov", "2018-07-12T00:15", false, -1},
        {"x_19700101T000000Z-y.mov", "1970-01-01", true, -1},
        {"21491231T235959.mov", "2149-12-31T23:59:59", false, -1},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mov_filename_time n;
        mov_filename_time_parse(&n, names[i].name);
        cr_assert(n.has_time, "%s", names[i].name);
        cr_assert_eq(n.time, at(names[i].time), "%s", names[i].name);
        cr_assert_eq(n.utc_suffix, names[i].utc_suffix, "%s", names[i].name);
        cr_assert_eq(n.part, names[i].part, "%s", names[i].name);
    }
}

Test(filename_time, names_without_a_time)
{
    static const char *const names[] = {
        "",
        "movie.mov",
        "CAMHDA301-20180712.mov",
        "CAMHDA301-20180712T0015.mov",
        "CAMHDA301-20181312T001500.mov",
        "CAMHDA301-20180712T246000.mov",
        "CAMHDA301-120180712T001500.mov",
        "CAMHDA301-20180712T0015001.mov",
        "CAMHDA301-20180712T001500Zulu.mov",
        "CAMHDA301-20180712T001500Z_00001.mov",
        "x20180712T001500.mov",
        "19691231T235959.mov",
        "21500101T000000.mov",
        "20180712t001500.mov",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mov_filename_time n;
        mov_filename_time_parse(&n, names[i]);
        cr_assert_not(n.has_time, "%s", names[i]);
        cr_assert_not(n.utc_suffix);
        cr_assert_eq(n.part, -1);
        cr_assert_eq(n.time, 0);
    }
}

/* A movie of 10 s that was created at a time, "" for none. */
static mov_start choose(const char *created, const char *name)
{
    static const int64_t FROM_1904 = 2082844800;
    mov_run run = {0, 0, 1000};
    mov_movie m = {
        .n_frames = 10,
        .times = {.timescale = 1000, .run = &run, .n_runs = 1, .n_frames = 10, .ticks = 10000},
    };
    if (*created)
        m.created = (uint64_t)(at(created) / 1000000000 + FROM_1904);
    mov_start s;
    mov_start_choose(&s, &m, name);
    return s;
}

Test(start, header_if_near_the_file_name)
{
    mov_start s = choose("2018-07-12T00:00:02", "CAMHDA301-20180712T001500.mov");
    cr_assert_eq(s.from, MOV_START_HEADER);
    cr_assert_eq(s.start, at("2018-07-12T00:00:02"));
    cr_assert(s.has_header_time);
    cr_assert_eq(s.header_time, at("2018-07-12T00:00:02"));
    cr_assert(s.has_name_time);
    cr_assert_eq(s.name_time, at("2018-07-12T00:15"));
    cr_assert_eq(choose("2018-07-13T00:15:00", "20180712T001500.mov").from, MOV_START_HEADER);
    cr_assert_eq(choose("2018-07-11T00:15:00", "20180712T001500.mov").from, MOV_START_HEADER);
}

Test(start, file_name_if_the_header_differs)
{
    mov_start s = choose("2018-07-13T00:15:01", "20180712T001500.mov");
    cr_assert_eq(s.from, MOV_START_FILENAME_END);
    cr_assert_eq(s.start, at("2018-07-12T00:14:50"));
    cr_assert_eq(s.header_time, at("2018-07-13T00:15:01"));
    s = choose("1975-01-01", "20160712T060000Z.mov");
    cr_assert_eq(s.from, MOV_START_FILENAME);
    cr_assert_eq(s.start, at("2016-07-12T06:00"));
    cr_assert(s.has_header_time);
}

Test(start, only_header_or_only_name)
{
    mov_start s = choose("2018-07-12", "movie.mov");
    cr_assert_eq(s.from, MOV_START_HEADER);
    cr_assert_eq(s.start, at("2018-07-12"));
    cr_assert_not(s.has_name_time);
    s = choose("", "20180712T001500.mov");
    cr_assert_eq(s.from, MOV_START_FILENAME_END);
    cr_assert_eq(s.start, at("2018-07-12T00:14:50"));
    cr_assert_not(s.has_header_time);
}

Test(start, no_time)
{
    const mov_start s = choose("", "movie.mov");
    cr_assert_eq(s.from, MOV_START_NONE);
    cr_assert_eq(s.start, 0);
    cr_assert_not(s.has_name_time);
    cr_assert_not(s.has_header_time);
}

/* Before 1970 a recorder's clock was never set; a time of 64 bits may be anything. */
Test(start, invalid_header_times)
{
    mov_run run = {0, 0, 1000};
    mov_movie m = {.n_frames = 1,
                   .times = {.timescale = 1000, .run = &run, .n_runs = 1, .n_frames = 1}};
    static const uint64_t created[] = {0, 1, 2082844800, 2082844800 + UINT64_C(5680281600),
                                       UINT64_MAX};
    for (size_t i = 0; i < sizeof created / sizeof *created; i++) {
        mov_start s;
        m.created = created[i];
        mov_start_choose(&s, &m, "movie.mov");
        cr_assert_not(s.has_header_time, "%zu", i);
        cr_assert_eq(s.from, MOV_START_NONE);
    }
}

Test(start, names_of_the_sources)
{
    cr_assert_str_eq(mov_start_source_text(MOV_START_NONE), "none");
    cr_assert_str_eq(mov_start_source_text(MOV_START_HEADER), "header");
    cr_assert_str_eq(mov_start_source_text(MOV_START_FILENAME), "name");
    cr_assert_str_eq(mov_start_source_text(MOV_START_FILENAME_END), "name_end");
}
