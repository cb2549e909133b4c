/* camzarr: the command. A verb, its options and arguments; docs/camzarr.1 is its manual. */
#include <string.h>

#include "cli/say.h"
#include "cli/verbs/verbs.h"

enum { ANY_NUMBER = 1 << 30 };

static const verb verbs[] = {
    {"convert", "SOURCE... STORE", "read each MOV once and publish it as a clip of the store",
     "Reads each MOV once, front to back, and publishes it as one clip of the store, which is made "
     "if\n"
     "it isn't there. A clip is visible when all of it is written. Stopped or killed and started\n"
     "again, it goes on where it was; a clip that is there already is left as it is.",
     VERB_CONVERT, 2, ANY_NUMBER, run_convert},
    {"ls", "STORE", "list the clips of a store", "Lists the clips of a store, a line a clip.",
     VERB_LS, 1, 1, run_ls},
    {"info", "SOURCE | STORE [CLIP]", "tell what a MOV, a store or a clip is",
     "Tells what a MOV, a store or one of its clips is. What is a folder is taken for a store. In "
     "a\n"
     "MOV without a moov atom the frames are searched for, as a conversion would do.",
     VERB_INFO, 1, 2, run_info},
    {"frame", "STORE CLIP FRAMES -o OUT", "write frames out of the store",
     "Writes frames of a clip, as they were recorded or as pictures.\n"
     "\n"
     "FRAMES, of which commas join several:\n"
     "  7                       frame 7; frames count from 0\n"
     "  0:300:30                every 30th from 0 on, 300 excluded; : is all of them\n"
     "  @2018-07-12T00:15:10.5Z the frame that is shown at that time\n"
     "  @+12.5                  the frame that is shown 12.5 s after the first\n"
     "\n"
     "OUT, whose ending says the form:\n"
     "  x.icpf             one ProRes frame, exactly as recorded\n"
     "  x.mov x.avi        a movie, by stream copy\n"
     "  x.png x.tif x.jpg  a picture; TIFF has 16 bits\n"
     "  x.npy x.yuv        the pictures' samples, one behind the other\n"
     "  x_%06d.png         a file a frame, named by its number\n"
     "  folder/            the same: folder/CLIP_000007.icpf, or what --format says\n"
     "  -                  standard output, as --format says",
     VERB_FRAME, 3, 3, run_frame},
    {"verify", "STORE [CLIP...]", "read all of it again and check it",
     "Reads all objects of the clips again (of all clips, if none is named) and checks them "
     "against\n"
     "their digests. Prints a line for each difference, and exits 4 if there is one.",
     VERB_VERIFY, 1, ANY_NUMBER, run_verify},
    {"restore", "STORE CLIP OUT", "write the MOV again, bit for bit",
     "Writes the MOV that a clip was made of, bit for bit, to the file OUT or, if that is -, to\n"
     "standard output. Prints its MD5 in the form that md5sum -c reads.",
     VERB_RESTORE, 3, 3, run_restore},
    {"export", "FORM STORE [CLIP...] OUT", "write clips in other programs' forms",
     "Writes clips of a store to the file OUT, in one of these forms:\n"
     "\n"
     "  kerchunk    references for Zarr libraries, in JSON: the index, and for each frame its "
     "range\n"
     "              of a shard or, with --source, of the MOV. Several clips, or all of the store "
     "if\n"
     "              none is named, are joined in the order of their start\n"
     "  netcdf      netCDF-4: the index of a clip or, with --frames, frames of it as pictures\n"
     "  torchcodec  custom_frame_mappings of the clip's MOV, in JSON\n"
     "\n"
     "In the place of STORE may stand a MOV, of which nothing but its tables is read then.\n"
     "OUT may be -, standard output.",
     VERB_EXPORT, 3, ANY_NUMBER, run_export},
    {"rm", "STORE CLIP", "remove a clip",
     "Removes a clip from a store: its commit mark first, then all the rest.", VERB_RM, 2, 2,
     run_rm},
    {"doctor", "STORE", "see whether a store can be used from here, and what to do about it",
     "Checks from this machine what a store needs: credentials, listing, writing, ranges, the "
     "clock,\n"
     "conditional puts, what web pages may do, speed, space. A line a check, and what to do where\n"
     "something is wrong. It puts an object of its own, of 16 MiB, and removes it again.",
     VERB_DOCTOR, 1, 1, run_doctor},
};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

static const verb *find(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static void print_help(FILE *to)
{
    (void)fprintf(to, "usage: camzarr VERB [OPTION...] ARGUMENT...\n"
                      "\n"
                      "Frames of ProRes QuickTime files, served from a Zarr store.\n"
                      "\n");
    for (size_t i = 0; i < N_VERBS; i++)
        (void)fprintf(to, "  %-8s  %s\n", verbs[i].name, verbs[i].summary);
    (void)fprintf(
        to,
        "  %-8s  %s\n"
        "\n"
        "  camzarr VERB --help   what the verb's options are\n"
        "  camzarr --version     the version\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 used wrongly, 3 some clips failed and others didn't,\n"
        "4 verify found a difference, 5 failed but a retry may help, 130 stopped.\n",
        "help", "this text, or a verb's");
}

static int unknown(const char *what)
{
    return say_usage(NULL, "%s: no such %s", what,
                     what[0] == '-' ? "option before the verb" : "verb");
}

static int help(int argc, char **argv)
{
    if (argc > 2)
        return say_usage(NULL, "help: it takes one verb");
    const verb *v = argc == 2 ? find(argv[1]) : NULL;
    if (argc == 2 && !v && strcmp(argv[1], "help") != 0)
        return unknown(argv[1]);
    if (v)
        options_help(stdout, v);
    else
        print_help(stdout);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "help") == 0)
        return help(argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help(1, argv);
    if (strcmp(word, "--version") == 0) {
        say(stdout, "camzarr %s", cz_version());
        return EXIT_DONE;
    }
    const verb *v = find(word);
    if (!v)
        return unknown(word);
    options o;
    const int code = options_parse(&o, v, argc - 1, argv + 1);
    if (code != 0)
        return code;
    if (o.help) {
        options_help(stdout, v);
        return EXIT_DONE;
    }
    return v->run(&o);
}

int main(int argc, char **argv)
{
    say_begin();
    return say_end(run(argc, argv));
}
