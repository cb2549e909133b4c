/* store/cloud/credentials/ and store/text/ini.c: where credentials are found, in which order,
 * and when they are renewed. Each test is a process of its own, so it may set its environment. */
#include "store/cloud/credentials/credentials.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/cloud/credentials/instance_parse.h"
#include "store/text/ini.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/temp_folder.h"

static char home[TEMP_PATH];

/* None of the variables that the machine running the test may have. */
static void empty_environment(void)
{
    cr_assert_eq(clearenv(), 0);
    temp_folder(home);
    cr_assert_eq(setenv("HOME", home, 1), 0);
}

static void no_more_home(void)
{
    temp_folder_remove(home);
}

TestSuite(ini);
TestSuite(credentials, .init = empty_environment, .fini = no_more_home);

static void set(const char *name, const char *value)
{
    cr_assert_eq(setenv(name, value, 1), 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

/* ~/.aws/NAME */
static void write_aws(const char *name, const char *text)
{
    char path[TEMP_PATH + 64];
    (void)snprintf(path, sizeof path, "%s/.aws", home);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/.aws/%s", home, name);
    write_file(path, text);
}

static void same(const char *is, const char *want)
{
    if (want)
        cr_assert_str_eq(is ? is : "(none)", want);
    else
        cr_assert_null(is);
}

static void are(credentials *keys, const char *id, const char *secret, const char *token)
{
    credential c = {0};
    cr_assert_eq(credentials_take(&c, keys, NULL), CZ_OK);
    same(c.id, id);
    same(c.secret, secret);
    same(c.token, token);
    credential_free(&c);
    cr_assert_null(c.id);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void value_is(const char *text, const char *section, const char *name, const char *want)
{
    guard g = guard_copy(text, strlen(text));
    buf out = {0};
    const bool found = ini_value(&out, (const char *)g.at, g.len, section, name);
    cr_assert_eq(found, want != NULL, "%s", text);
    if (want)
        cr_assert_str_eq(buf_text(&out), want);
    buf_free(&out);
    guard_free(&g);
}

Test(ini, values)
{
    value_is("[a]\nx=1", "a", "x", "1");
    value_is("[a]\r\nx = 1 2 \r\n", "a", "x", "1 2");
    value_is("[b]\nx=1\n[ a ]\nx=2\n[c]\nx=3\n", "a", "x", "2");
    value_is("[a]\nx=1\nx=2\n", "a", "x", "2");
    value_is("[a]\nx=\n", "a", "x", "");
    value_is("[a]\nx=a=b/c+==\n", "a", "x", "a=b/c+==");
    value_is("[a]\nx=1 # said\n# x=2\n;x=3\n", "a", "x", "1");
    value_is("[a]\nx=a#b;c\n", "a", "x", "a#b;c");
    value_is("[a] # x\nx=1\n", "a", "x", "1");
}

Test(ini, invalid_lines)
{
    value_is("", "a", "x", NULL);
    value_is("x=1\n", "a", "x", NULL);
    value_is("[a\nx=1\n", "a", "x", NULL);
    value_is("[a]\nx\n", "a", "x", NULL);
    value_is("[a]\nxy=1\n", "a", "x", NULL);
    value_is("[a]\ns3 =\n  x = 1\n", "a", "x", NULL);
    value_is("[", "", "", NULL);
}

Test(ini, nested_values)
{
    static const char text[] = "[services lab]\ns3 =\n  endpoint_url = http://one\n  x=1\n"
                               "ec2 =\n  endpoint_url = http://two\n[services b]\ns3=\n x=2\n";
    guard g = guard_copy(text, strlen(text));
    const char *at = (const char *)g.at;
    buf out = {0};
    cr_assert(ini_nested_value(&out, at, g.len, "services lab", "s3", "endpoint_url"));
    cr_assert_str_eq(buf_text(&out), "http://one");
    out.len = 0;
    cr_assert(ini_nested_value(&out, at, g.len, "services lab", "ec2", "endpoint_url"));
    cr_assert_str_eq(buf_text(&out), "http://two");
    cr_assert_not(ini_nested_value(&out, at, g.len, "services lab", "ec2", "x"));
    cr_assert_not(ini_nested_value(&out, at, g.len, "services c", "s3", "x"));
    cr_assert(ini_has_section(at, g.len, "services b"));
    cr_assert_not(ini_has_section(at, g.len, "s3"));
    buf_free(&out);
    guard_free(&g);
}

/* ---- AWS ------------------------------------------------------------------------------------- */

static aws_settings aws(void)
{
    aws_settings s;
    cz_error err = {0};
    cr_assert_eq(aws_settings_find(&s, NULL, &err), CZ_OK, "%s", err.message);
    return s;
}

Test(credentials, aws_from_the_environment)
{
    set("AWS_ACCESS_KEY_ID", "id");
    set("AWS_SECRET_ACCESS_KEY", "key");
    set("AWS_PROFILE", "none");
    aws_settings s = aws();
    are(s.keys, "id", "key", NULL);
    cr_assert_str_eq(s.region, "us-east-1");
    cr_assert_null(s.endpoint);
    cr_assert(!s.path_style && !s.host_style && !s.requester_pays);
    cr_assert_not(credentials_expired(s.keys), "keys without an expiry do not expire");
    aws_settings_free(&s);

    set("AWS_SESSION_TOKEN", "token");
    set("AWS_DEFAULT_REGION", "eu-north-1");
    set("AWS_ENDPOINT_URL", "http://one");
    set("AWS_VIRTUAL_HOSTING", "FALSE");
    set("AWS_REQUEST_PAYER", "requester");
    s = aws();
    are(s.keys, "id", "key", "token");
    cr_assert_str_eq(s.region, "eu-north-1");
    cr_assert_str_eq(s.endpoint, "http://one");
    cr_assert(s.path_style && s.requester_pays);
    aws_settings_free(&s);

    set("AWS_REGION", "eu-west-1");
    set("AWS_ENDPOINT_URL_S3", "http://two");
    set("AWS_NO_SIGN_REQUEST", "yes");
    s = aws();
    are(s.keys, NULL, NULL, NULL);
    cr_assert_str_eq(s.region, "eu-west-1");
    cr_assert_str_eq(s.endpoint, "http://two");
    aws_settings_free(&s);
}

Test(credentials, carriage_return_is_reported)
{
    aws_settings s;
    cz_error err = {0};
    set("AWS_ACCESS_KEY_ID", "id");
    set("AWS_SECRET_ACCESS_KEY", "key\r");
    cr_assert_eq(aws_settings_find(&s, NULL, &err), CZ_USAGE);
    cr_assert_not_null(strstr(err.message, "AWS_SECRET_ACCESS_KEY: "), "%s", err.message);
    cr_assert_null(strstr(err.message, "key\r"));
}

Test(credentials, aws_from_files)
{
    write_aws("credentials", "[default]\naws_access_key_id = one\naws_secret_access_key = s1\n"
                             "[lab]\naws_access_key_id=two\naws_secret_access_key=s2\n"
                             "aws_session_token=t2\n");
    write_aws("config", "[default]\nregion = us-west-2\n[profile lab]\nregion = eu-central-1\n"
                        "endpoint_url = http://lab\n[profile alone]\naws_access_key_id=three\n"
                        "aws_secret_access_key=s3\n");
    aws_settings s = aws();
    are(s.keys, "one", "s1", NULL);
    cr_assert_str_eq(s.region, "us-west-2");
    aws_settings_free(&s);

    set("AWS_PROFILE", "lab");
    s = aws();
    are(s.keys, "two", "s2", "t2");
    cr_assert_str_eq(s.region, "eu-central-1");
    cr_assert_str_eq(s.endpoint, "http://lab");
    aws_settings_free(&s);

    set("AWS_PROFILE", "alone");
    s = aws();
    are(s.keys, "three", "s3", NULL);
    aws_settings_free(&s);
}

Test(credentials, aws_files_elsewhere)
{
    char path[TEMP_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/keys", home);
    write_file(path, "[default]\naws_access_key_id=x\naws_secret_access_key=y\n");
    set("AWS_SHARED_CREDENTIALS_FILE", path);
    aws_settings s = aws();
    are(s.keys, "x", "y", NULL);
    aws_settings_free(&s);
}

static void refused(int rc, const cz_error *err, const char *why, const char *hint)
{
    cr_assert_eq(rc, CZ_DENIED);
    cr_assert_not_null(strstr(err->message, why), "%s", err->message);
    cr_assert_not_null(strstr(err->hint, hint), "%s", err->hint);
}

Test(credentials, aws_without_credentials)
{
    aws_settings s;
    cz_error err = {0};
    set("AWS_EC2_METADATA_DISABLED", "true");
    refused(aws_settings_find(&s, NULL, &err), &err, "no credentials", "AWS_NO_SIGN_REQUEST");
    set("AWS_PROFILE", "gone");
    refused(aws_settings_find(&s, NULL, &err), &err, "no profile gone", "export-credentials");
    set("AWS_ACCESS_KEY_ID", "id");
    refused(aws_settings_find(&s, NULL, &err), &err, "AWS_SECRET_ACCESS_KEY", "");
    cr_assert_null(strstr(err.message, "id,"), "%s", err.message);
}

Test(credentials, aws_endpoint_of_a_service)
{
    write_aws("config", "[profile lab]\nservices = local\nendpoint_url = http://all\n"
                        "aws_access_key_id=a\naws_secret_access_key=b\n[services local]\n"
                        "sts =\n  endpoint_url = http://sts\ns3 =\n  endpoint_url = http://s3\n");
    set("AWS_PROFILE", "lab");
    aws_settings s = aws();
    cr_assert_str_eq(s.endpoint, "http://s3");
    aws_settings_free(&s);
    set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    s = aws();
    cr_assert_null(s.endpoint);
    aws_settings_free(&s);
}

/* The command runs again for each renewal. */
Test(credentials, aws_from_a_process)
{
    char config[TEMP_PATH + 400];
    (void)snprintf(config, sizeof config,
                   "[default]\ncredential_process = echo x >> '%s/runs'; echo '{\"Version\": 1, "
                   "\"AccessKeyId\": \"id\", \"SecretAccessKey\": \"key\", \"SessionToken\": "
                   "\"token\", \"Expiration\": \"2000-01-01T00:00:00Z\"}'\n",
                   home);
    write_aws("config", config);
    aws_settings s = aws();
    are(s.keys, "id", "key", "token");
    are(s.keys, "id", "key", "token");
    aws_settings_free(&s);
    char path[TEMP_PATH + 16], text[16] = "";
    (void)snprintf(path, sizeof path, "%s/runs", home);
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f);
    cr_assert_eq(fread(text, 1, sizeof text, f), 4);
    (void)fclose(f);
}

static void process_fails(const char *command, int code, const char *why)
{
    char config[400];
    cz_error err = {0};
    credential c = {0};
    (void)snprintf(config, sizeof config, "[default]\ncredential_process = %s\n", command);
    write_aws("config", config);
    aws_settings s = aws();
    cr_assert_eq(credentials_take(&c, s.keys, &err), code, "%s", command);
    cr_assert_not_null(strstr(err.message, why), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "profile default: "), "%s", err.message);
    aws_settings_free(&s);
}

Test(credentials, aws_process_that_fails)
{
    process_fails("exit 7", CZ_DENIED, "exit code 7");
    process_fails("kill -9 $$", CZ_DENIED, "signal 9");
    process_fails("echo no", CZ_FORMAT, "JSON");
    process_fails("echo '{\"Version\": 2}'", CZ_FORMAT, "Version 1");
    process_fails("echo '{\"Version\": 1, \"AccessKeyId\": \"a\"}'", CZ_FORMAT, "SecretAccessKey");
    process_fails("head -c 100000 /dev/zero", CZ_FORMAT, "64 KiB");
}

/* Keys that another program replaces in the file: read again when the service rejects the old
 * ones, which are an error only if they are still there. */
Test(credentials, aws_keys_of_a_file_are_read_again)
{
    cz_error err = {0};
    credential c = {0};
    write_aws("credentials", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n"
                             "aws_session_token=one\n");
    aws_settings s = aws();
    are(s.keys, "a", "b", "one");
    cr_assert(credentials_expired(s.keys));
    cr_assert_eq(credentials_take(&c, s.keys, &err), CZ_DENIED, "%s", err.message);
    cr_assert_not_null(strstr(err.message, "session token has expired"), "%s", err.message);
    write_aws("credentials", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n"
                             "aws_session_token=two\n");
    are(s.keys, "a", "b", "two");
    aws_settings_free(&s);
}

static void profile_fails(const char *profile, const char *why)
{
    cz_error err = {0};
    credential c = {0};
    set("AWS_PROFILE", profile);
    aws_settings s = aws();
    cr_assert_eq(credentials_take(&c, s.keys, &err), CZ_DENIED, "%s", profile);
    cr_assert_not_null(strstr(err.message, why), "%s", err.message);
    aws_settings_free(&s);
}

Test(credentials, aws_roles_that_cannot_be_assumed)
{
    write_aws("config", "[profile a]\nrole_arn = r\nsource_profile = b\n"
                        "[profile b]\nrole_arn = r\nsource_profile = a\n"
                        "[profile mfa]\nrole_arn = r\nmfa_serial = m\nsource_profile = a\n"
                        "[profile alone]\nrole_arn = r\n"
                        "[profile lost]\nrole_arn = r\nsource_profile = gone\n"
                        "[profile env]\nrole_arn = r\ncredential_source = Environment\n"
                        "[profile sso]\nsso_session = s\nsso_account_id = 1\nsso_role_name = x\n"
                        "[profile out]\nsso_start_url = u\nsso_region = r\nsso_account_id = 1\n"
                        "sso_role_name = x\n");
    profile_fails("a", "too many in a row");
    profile_fails("mfa", "mfa_serial");
    profile_fails("alone", "without source_profile");
    profile_fails("lost", "profile gone: has no credentials");
    profile_fails("env", "AWS_ACCESS_KEY_ID");
    profile_fails("sso", "sso_start_url");
    profile_fails("out", "no token is cached");
}

/* ---- Azure and Google
 * ---------------------------------------------------------------------------- */

static azure_settings azure(void)
{
    azure_settings s;
    cz_error err = {0};
    cr_assert_eq(azure_settings_find(&s, NULL, &err), CZ_OK, "%s", err.message);
    return s;
}

Test(credentials, azure_from_the_environment)
{
    set("AZURE_STORAGE_ACCOUNT", "acc");
    set("AZURE_STORAGE_KEY", "a2V5");
    azure_settings s = azure();
    are(s.keys, NULL, "a2V5", NULL);
    cr_assert_str_eq(s.account, "acc");
    cr_assert_str_eq(s.endpoint, "https://acc.blob.core.windows.net");
    cr_assert_null(s.sas);
    azure_settings_free(&s);

    set("AZURE_STORAGE_KEY", "");
    set("AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=x%3D");
    set("AZURE_STORAGE_BLOB_ENDPOINT", "http://127.0.0.1:1/acc");
    s = azure();
    are(s.keys, NULL, NULL, NULL);
    cr_assert_str_eq(s.sas, "sv=1&sig=x%3D");
    cr_assert_str_eq(s.endpoint, "http://127.0.0.1:1/acc");
    azure_settings_free(&s);

    set("AZURE_NO_SIGN_REQUEST", "1");
    s = azure();
    are(s.keys, NULL, NULL, NULL);
    cr_assert_null(s.sas);
    azure_settings_free(&s);
}

Test(credentials, azure_from_a_connection_string)
{
    set("AZURE_STORAGE_ACCOUNT", "other");
    set("AZURE_STORAGE_KEY", "b3RoZXI=");
    set("AZURE_STORAGE_CONNECTION_STRING",
        "DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=a2V5Cg==;"
        "BlobEndpoint=http://127.0.0.1:10000/acc;");
    azure_settings s = azure();
    are(s.keys, NULL, "a2V5Cg==", NULL);
    cr_assert_str_eq(s.account, "acc");
    cr_assert_str_eq(s.endpoint, "http://127.0.0.1:10000/acc");
    azure_settings_free(&s);

    set("AZURE_STORAGE_CONNECTION_STRING",
        "BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=a%3D");
    s = azure();
    cr_assert_str_eq(s.sas, "sv=1&sig=a%3D");
    azure_settings_free(&s);

    set("AZURE_STORAGE_CONNECTION_STRING",
        "AccountName=acc;AccountKey=a2V5;SharedAccessSignature=sv=1&sig=a%3D");
    s = azure();
    are(s.keys, NULL, "a2V5", NULL);
    cr_assert_null(s.sas, "one of both, and the key permits more");
    azure_settings_free(&s);

    set("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true");
    s = azure();
    cr_assert_str_eq(s.account, "devstoreaccount1");
    cr_assert_str_eq(s.endpoint, "http://127.0.0.1:10000/devstoreaccount1");
    azure_settings_free(&s);
}

Test(credentials, azure_needs_an_account)
{
    azure_settings s;
    cz_error err = {0};
    set("AZURE_STORAGE_KEY", "a2V5");
    cr_assert_eq(azure_settings_find(&s, NULL, &err), CZ_USAGE);
    cr_assert_not_null(strstr(err.hint, "AZURE_STORAGE_ACCOUNT"));
    set("AZURE_STORAGE_BLOB_ENDPOINT", "http://127.0.0.1:1");
    cr_assert_eq(azure_settings_find(&s, NULL, &err), CZ_USAGE, "a key signs for an account");
}

Test(credentials, google)
{
    gs_settings s;
    set("GS_ACCESS_KEY_ID", "GOOG1");
    set("GS_SECRET_ACCESS_KEY", "key");
    set("GOOGLE_OAUTH_ACCESS_TOKEN", "bearer");
    set("GS_USER_PROJECT", "pays");
    cr_assert_eq(gs_settings_find(&s, NULL, NULL), CZ_OK);
    are(s.keys, "GOOG1", "key", NULL);
    cr_assert_str_eq(s.payer, "pays");
    gs_settings_free(&s);
    set("GS_ACCESS_KEY_ID", "");
    set("GS_ENDPOINT_URL", "http://127.0.0.1:1");
    cr_assert_eq(gs_settings_find(&s, NULL, NULL), CZ_OK);
    are(s.keys, NULL, NULL, "bearer");
    cr_assert_str_eq(s.endpoint, "http://127.0.0.1:1");
    gs_settings_free(&s);
    set("GS_NO_SIGN_REQUEST", "on");
    cr_assert_eq(gs_settings_find(&s, NULL, NULL), CZ_OK);
    are(s.keys, NULL, NULL, NULL);
    gs_settings_free(&s);
}

/* ---- Identities ------------------------------------------------------------------------------ */

Test(credentials, responses_of_identity_services)
{
    static const char role[] =
        "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\","
        "\"Token\":\"t\",\"Expiration\":\"2024-01-02T03:04:05Z\"}";
    static const char azure_answer[] = "{\"access_token\":\"t\",\"expires_on\":\"1704164645\"}";
    static const char google_answer[] = "{\"access_token\":\"t\",\"expires_in\":3599}";
    static const char sts[] =
        "<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
        "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"
        "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        "<Expiration>2024-01-02T03:04:05Z</Expiration></Credentials>"
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    credential c = {0};
    cr_assert_eq(instance_parse_aws(&c, role, sizeof role - 1, NULL), CZ_OK);
    same(c.id, "ASIA");
    same(c.secret, "s");
    same(c.token, "t");
    cr_assert_eq(c.expires, 1704164645);
    credential_free(&c);
    cr_assert_eq(instance_parse_sts(&c, sts, sizeof sts - 1, NULL), CZ_OK);
    same(c.secret, "s");
    same(c.token, "t");
    cr_assert_eq(c.expires, 1704164645);
    credential_free(&c);
    cr_assert_eq(instance_parse_bearer(&c, azure_answer, sizeof azure_answer - 1, 5, NULL), CZ_OK);
    same(c.token, "t");
    cr_assert_null(c.id);
    cr_assert_eq(c.expires, 1704164645);
    credential_free(&c);
    cr_assert_eq(instance_parse_bearer(&c, google_answer, sizeof google_answer - 1, 5, NULL),
                 CZ_OK);
    cr_assert_eq(c.expires, 3604);
    credential_free(&c);
}

Test(credentials, invalid_responses)
{
    static const char *const none[] = {"",
                                       "{}",
                                       "[]",
                                       "{\"access_token\":1}",
                                       "<a/>",
                                       "<a>",
                                       "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\"}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        credential c = {0};
        const size_t n = strlen(none[i]);
        cr_assert_eq(instance_parse_aws(&c, none[i], n, NULL), CZ_FORMAT, "%s", none[i]);
        cr_assert_eq(instance_parse_bearer(&c, none[i], n, 0, NULL), CZ_FORMAT, "%s", none[i]);
        cr_assert_eq(instance_parse_sts(&c, none[i], n, NULL), CZ_FORMAT, "%s", none[i]);
        cr_assert_null(c.id);
    }
}

typedef struct giver {
    int calls, asked, rc;
    bool once;
    time_t expires;
    bool closed;
} giver;

static int give(void *ctx, bool once, credential *out, cz_error *err)
{
    giver *g = ctx;
    char id[16];
    g->asked++;
    g->once = once;
    if (g->rc < 0)
        return cz_fail(err, g->rc, "not today");
    (void)snprintf(id, sizeof id, "id%d", ++g->calls);
    *out = (credential){.id = strdup(id), .expires = g->expires};
    return CZ_OK;
}

static void closed(void *ctx)
{
    ((giver *)ctx)->closed = true;
}

Test(credentials, are_renewed_before_they_expire)
{
    giver g = {.expires = time(NULL) + 3600};
    credentials *keys = NULL;
    cr_assert_eq(credentials_renewed(&keys, (credential_source){give, closed, &g}, NULL), CZ_OK);
    cr_assert_eq(g.calls, 0, "no request before the first use");
    are(keys, "id1", NULL, NULL);
    are(keys, "id1", NULL, NULL);
    cr_assert(credentials_expired(keys));
    g.expires = time(NULL) + 60;
    are(keys, "id2", NULL, NULL);
    are(keys, "id3", NULL, NULL); /* those would end within five minutes */
    g.rc = CZ_DENIED;
    const int asked = g.asked;
    are(keys, "id3", NULL, NULL); /* they still hold */
    are(keys, "id3", NULL, NULL);
    cr_assert_eq(g.asked, asked + 1, "not every request waits for a source that fails");
    cr_assert(g.once);
    credential c = {0};
    cz_error err = {0};
    cr_assert(credentials_expired(keys));
    cr_assert_eq(credentials_take(&c, keys, &err), CZ_DENIED);
    cr_assert_str_eq(err.message, "not today");
    cr_assert_not(g.once);
    credentials_close(&keys);
    cr_assert(g.closed);
    credentials_close(&keys);
}

/* ---- No memory ------------------------------------------------------------------------------- */

Test(credentials, without_memory)
{
    write_aws("credentials", "[default]\naws_access_key_id=x\naws_secret_access_key=y\n");
    set("AZURE_STORAGE_CONNECTION_STRING", "AccountName=a;AccountKey=a2V5;BlobEndpoint=http://h");
    set("GS_ACCESS_KEY_ID", "GOOG1");
    set("GS_SECRET_ACCESS_KEY", "key");
    for (int which = 0; which < 3; which++)
        for (size_t n = 1;; n++) {
            aws_settings a = {0};
            azure_settings z = {0};
            gs_settings g = {0};
            alloc_fail_at(n);
            const int rc = which == 0   ? aws_settings_find(&a, NULL, NULL)
                           : which == 1 ? azure_settings_find(&z, NULL, NULL)
                                        : gs_settings_find(&g, NULL, NULL);
            const bool failed = alloc_fail_end();
            aws_settings_free(&a);
            azure_settings_free(&z);
            gs_settings_free(&g);
            cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "%d, %zu", which, n);
            if (!failed)
                break;
        }
}
