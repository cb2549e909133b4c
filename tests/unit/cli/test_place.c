#include "cli/place.h"

#include <criterion/criterion.h>

Test(place, addresses_of_movies)
{
    static const char *const movies[] = {"http://h/a.mov",          "https://h/a.mov",
                                         "HTTP://h/b/A.MOV",        "http://h/a.mov?token=x",
                                         "http://h/a.mov#t=5",      "http://h/a.mov?x=/y.zarr#z",
                                         "http://u:p@h:80/a.mov?q", "https://h/my%20dive.mov"};
    static const char *const others[] = {"http://h/a",
                                         "http://h/a.mov/",
                                         "http://h/store?file=a.mov",
                                         "http://h/#a.mov",
                                         "http://host.mov",
                                         "http://host.mov?a/b",
                                         "s3://b/a.mov",
                                         "az://c/a.mov",
                                         "file:///a.mov",
                                         "a.mov",
                                         "/data/a.mov",
                                         "httpx://h/a.mov",
                                         "http://h/.move",
                                         "",
                                         "http://"};
    for (size_t i = 0; i < sizeof movies / sizeof *movies; i++)
        cr_expect(place_is_movie_address(movies[i]), "%s", movies[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(place_is_movie_address(others[i]), "%s", others[i]);
}
