/* camzarr: finds the command, parses its options and runs it. The manual is docs/camzarr.1. */
#include <string.h>

#include "cli/say.h"
#include "cli/verbs/verbs.h"

enum { ANY_NUMBER = 1 << 30 };

static const verb verbs[] = {
    {"convert", "SOURCE... STORE", "read each MOV once and publish it as a clip of the store",
     "Reads each MOV once, front to back, and publishes it as one clip of the store. Creates\n"
     "the store if it does not exist. A clip becomes visible when it is complete. An interrupted\n"
     "conversion resumes when the same command is run again; a clip that exists is left "
     "unchanged.\n"
     "\n"
     "With --manifest or --from, SOURCE is omitted. Goes on past sources that fail, until the\n"
     "store itself refuses, and ends with a summary; --report has a line for each clip.",
     VERB_CONVERT, 1, ANY_NUMBER, run_convert},
    {"ls", "STORE", "list the clips of a store", "Lists the clips of a store, one line per clip.",
     VERB_LS, 1, 1, run_ls},
    {"info", "SOURCE | STORE [CLIP]", "show what a MOV, store or clip contains",
     "Shows what a MOV, a store or a clip contains. A folder is treated as a store. A MOV without\n"
     "a moov atom is scanned for its frames, as convert does.",
     VERB_INFO, 1, 2, run_info},
    {"frame", "STORE CLIP FRAMES -o OUT", "extract frames from a clip",
     "Writes frames of a clip, as they were recorded or as pictures.\n"
     "\n"
     "FRAMES, a comma-separated list of:\n"
     "  7                       frame 7; frames count from 0\n"
     "  0:300:30                every 30th from 0 to 299; : selects all frames\n"
     "  @2018-07-12T00:05:10.5Z the frame shown at that time (UTC)\n"
     "  @+12.5                  the frame shown 12.5 s after the first\n"
     "  @+60:@+120              those that begin in this range of time\n"
     "  @+0:@+600:10s           those shown every 10 s in it (ms, s, min, h)\n"
     "\n"
     "OUT, whose extension selects the format:\n"
     "  x.icpf             one ProRes frame, exactly as recorded\n"
     "  x.mov x.avi        a movie, by stream copy\n"
     "  x.png x.tif x.jpg  a picture; TIFF has 16 bits\n"
     "  x.npy x.yuv        samples of the pictures, concatenated\n"
     "  x_%06d.png         one file per frame, named by its number\n"
     "  folder/            one file per frame: folder/CLIP_000007.icpf, or by --format\n"
     "  -                  standard output; needs --format",
     VERB_FRAME, 3, 3, run_frame},
    {"sheet", "STORE CLIP -o OUT", "make a contact sheet of a clip",
     "Writes one picture, OUT.jpg or OUT.png, with small pictures of 64 frames at equal distances "
     "or,\n"
     "with --frames, of those, up to 1024. Below each are its time since the first frame of the "
     "clip,\n"
     "in hours, minutes and seconds, and its number. Frames that are missing have a cross.",
     VERB_SHEET, 2, 2, run_sheet},
    {"serve", "STORE", "serve frames and objects of a store over HTTP",
     "Serves a store on this machine until it is interrupted: a page of its clips, frames as "
     "pictures\n"
     "by stable addresses, and its objects for Zarr libraries.\n"
     "\n"
     "  /                                     the clips\n"
     "  /v1/clips, /v1/clips/CLIP             facts, as JSON\n"
     "  /v1/clips/CLIP/frames/7.png           a frame: png, jpg, tif, npy, icpf, mov; with\n"
     "                                        ?scale=1/2&region=Y0:Y1,X0:X1&format=gray16le\n"
     "  /v1/at/2018-07-12T00:05:10.5Z.jpg     the frame shown at that time\n"
     "  /store/KEY                            an object, with ranges\n"
     "  /openapi.json                         all addresses, for programs",
     VERB_SERVE, 1, 1, run_serve},
    {"analyse", "STORE [CLIP...]", "make statistics, overview and scenes of clips",
     "Makes what convert --overview makes, from the frames of clips that are in the store: "
     "statistics\n"
     "of all frames, small pictures of some, and scenes. Without CLIP, of all clips. Clips that "
     "have\n"
     "them at this rate are skipped, unless an older version of camzarr made them. Frames are "
     "read,\n"
     "and not rewritten.",
     VERB_ANALYSE, 1, ANY_NUMBER, run_analyse},
    {"scenes", "STORE CLIP", "list the stretches in which the camera does not move",
     "Lists the scenes of a clip: the stretches of frames in which the camera does not move. "
     "FIRST\n"
     "and LAST belong to the scene, and REPRESENTATIVE is a frame that shows it.\n"
     "\n"
     "The FILE of --labels has rows LABEL,FIRST,LAST in CSV, such as d2_p1_z0,1310,1504, with "
     "other\n"
     "columns if the first row names them (label or scene_tag, start_frame, end_frame, and clip "
     "or\n"
     "mov_basename), or is a JSON array of objects with such members. A label is shown for a "
     "scene if\n"
     "both have at least half of the frames of the shorter one.",
     VERB_SCENES, 2, 2, run_scenes},
    {"find", "STORE --like CLIP@FRAME", "find the scenes that show the same view",
     "Lists the scenes of a store that show what a frame shows, best first: score, clip, number "
     "of\n"
     "the scene, its frames, when it starts, and how the view differs from that of the frame. "
     "What\n"
     "lies in the middle of that frame lies SHIFT pixels further right and down, ZOOM times as "
     "large.\n"
     "Clips without scenes are skipped.\n"
     "\n"
     "FRAME is a number, a time such as 2018-07-12T00:05:10.5Z, or +12.5, seconds into the clip.\n"
     "--align writes a time-lapse: one picture per scene, in order of time, shifted and zoomed to\n"
     "coincide with the frame. OUT is x_%06d.png (.tif, .jpg), with the picture's number, or a\n"
     "folder and --format.\n"
     "--label spreads a label: prints rows of CSV, with score, that camzarr scenes --labels reads.",
     VERB_FIND, 1, 1, run_find},
    {"verify", "STORE [CLIP...]", "check clips against their digests",
     "Reads all objects of the named clips (default: all clips) and checks them against their\n"
     "digests. Prints one line per difference and exits with 4 if there is any.\n"
     "\n"
     "With --manifest, checks that each clip it names is there, that its source had the size and\n"
     "MD5 of the manifest, and that no object is missing or has another size. Bytes are read of\n"
     "those clips alone that --sample selects, always the same ones.",
     VERB_VERIFY, 1, ANY_NUMBER, run_verify},
    {"restore", "STORE CLIP OUT", "recreate the original MOV, bit for bit",
     "Recreates the original MOV of a clip, bit for bit, in the file OUT (- is standard output).\n"
     "Prints its MD5 in the format that md5sum -c reads.",
     VERB_RESTORE, 3, 3, run_restore},
    {"export", "FORM STORE [CLIP...] OUT", "export clips for other programs",
     "Exports clips of a store to the file OUT (- is standard output). Without CLIP, a form of\n"
     "several clips has all of them. FORM is one of:\n"
     "\n"
     "  kerchunk    references for Zarr libraries, in JSON: the index, and for each frame its "
     "range\n"
     "              of a shard or, with --source, of the MOV. Several clips are joined in the "
     "order "
     "of\n"
     "              their start\n"
     "  netcdf      netCDF-4: the index of a clip or, with --frames, frames of it as pictures\n"
     "  torchcodec  custom_frame_mappings of the clip's MOV, in JSON\n"
     "  wav         the sound of a clip, sample for sample\n"
     "  stac        a STAC Collection with an Item and a thumbnail for each clip; OUT is a folder\n"
     "  ifdo        an iFDO of the clip, in JSON: where, when and with what it was recorded\n"
     "  biigle      metadata of videos for BIIGLE, in CSV\n"
     "  fathomnet   pictures of frames for FathomNet, in CSV; their public folder is --source\n"
     "  vars        videos for MBARI's VARS, in JSON\n"
     "\n"
     "ifdo, biigle and fathomnet have a time or a row for a frame each second, or for --frames.\n"
     "STORE can also be a MOV, except for stac and ifdo; only its tables are read.",
     VERB_EXPORT, 3, ANY_NUMBER, run_export},
    {"attributes", "STORE [CLIP]", "show or change the owner's attributes",
     "Shows the attributes that the owner has given to a clip or, without CLIP, to the store "
     "itself:\n"
     "license, institution, geospatial_lat_min, ... (names of the ACDD and CF conventions). With\n"
     "--set, replaces all of them; with --remove, removes those that are named. Frames are not\n"
     "rewritten.\n"
     "\n"
     "FILE is a JSON object of at most 64 KiB: strings, numbers, and arrays of strings or "
     "numbers.\n"
     "Names that camzarr writes itself, such as title or time_coverage_start, are refused. "
     "Instead\n"
     "of attributes it can have two sections: \"store\": {...} for the store itself, and\n"
     "\"clips\": {...} for every clip. Without CLIP, --set of such a file changes the store and "
     "all\n"
     "of its clips; with CLIP, and at convert --attributes, a clip is given \"clips\", and\n"
     "convert gives the store \"store\".",
     VERB_ATTRIBUTES, 1, 2, run_attributes},
    {"catalog", "STORE", "bring the catalog of a store up to date",
     "Writes the catalog of a store: a row a clip, and the scenes of all clips, which ls, info "
     "and\n"
     "xarray read in one request. Reads the clips that the catalog does not have as they are now.\n"
     "Clips that cannot be read are listed as such. A conversion into a local store does the same "
     "at\nits end.",
     VERB_CATALOG, 1, 1, run_catalog},
    {"rm", "STORE CLIP", "remove a clip",
     "Removes a clip from a store: its commit marker first, then all other objects.", VERB_RM, 2, 2,
     run_rm},
    {"clean", "STORE [CLIP...]", "remove what interrupted conversions left",
     "Removes the objects of clips (default: all) whose conversion or removal was interrupted,\n"
     "those that `camzarr ls --unfinished` lists. Complete clips are never removed. A conversion\n"
     "that is run again instead keeps what is there.\n"
     "\n"
     "In a folder, clips that another process works on are kept. In a bucket, which has no\n"
     "locks, those with an object that was put within the last day are kept (--older-than).",
     VERB_CLEAN, 1, ANY_NUMBER, run_clean},
    {"manifest", "LISTING... [-o OUT]", "list the sources of an archive for convert --manifest",
     "Lists the MOVs of an archive as JSON lines, sorted by time, one line per clip. LISTING is\n"
     "\n"
     "  FOLDER             a folder, with the folders below it\n"
     "  http://, https://  a folder of a web server, with the folders below it; a listing of an\n"
     "                     S3 bucket or Azure container; or a file of JSON lines\n"
     "  s3://, gs://, az://\n"
     "                     a bucket or container, and a prefix\n"
     "  FILE               JSON lines: a manifest, or dbcamhd.json; also compressed by gzip\n"
     "  -                  the same from standard input\n"
     "\n"
     "Several listings are merged: the source of a clip is that of the first one which has it.\n"
     "What is known to be wrong with a file is printed, and is part of its line.",
     VERB_MANIFEST, 1, ANY_NUMBER, run_manifest},
    {"doctor", "STORE", "check access to a store and suggest fixes",
     "Checks from this machine what a store needs: credentials, listing, writing, ranges, the "
     "clock,\n"
     "conditional puts, access from web pages, speed, space. Prints one line per check, with "
     "advice\n"
     "where it fails. Puts an object of its own, of 16 MiB, and removes it again.",
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
    (void)fprintf(to, "usage: camzarr COMMAND [OPTION...] ARGUMENT...\n"
                      "\n"
                      "Stores ProRes QuickTime files in Zarr and reads single frames from them.\n"
                      "\n");
    for (size_t i = 0; i < N_VERBS; i++)
        (void)fprintf(to, "  %-10s  %s\n", verbs[i].name, verbs[i].summary);
    (void)fprintf(
        to,
        "  %-10s  %s\n"
        "\n"
        "  camzarr COMMAND --help   show the options of a command\n"
        "  camzarr --version        show the version\n"
        "\n"
        "Exit codes: 0 success, 1 failure, 2 usage error, 3 some clips failed and others did not,\n"
        "4 verify found a difference, 5 temporary failure (retry), 130 interrupted.\n",
        "help", "show this help, or the help of a command");
}

static int unknown(const char *what)
{
    return say_usage(NULL, "%s: no such %s", what,
                     what[0] == '-' ? "option before the command" : "command");
}

static int help(int argc, char **argv)
{
    if (argc > 2)
        return say_usage(NULL, "help: takes one command");
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
    output_begin();
    return output_finish(run(argc, argv));
}
