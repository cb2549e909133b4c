/* Where the members of camzarr.h's structs lie, a line each: of those that callers hold, all
 * members but `reserved`, and the size. What a later version adds takes the place of reserved ones,
 * and has no line here. See test_install. */
#include <camzarr.h>
#include <stdio.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define AT(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(type, member))

int main(void)
{
    SIZE(cz_error);
    AT(cz_error, code);
    AT(cz_error, message);
    AT(cz_error, hint);
    SIZE(cz_network);
    AT(cz_network, connections);
    AT(cz_network, rate_limit);
    SIZE(cz_options);
    AT(cz_options, no_check);
    AT(cz_options, recover);
    AT(cz_options, network);
    SIZE(cz_statistics);
    AT(cz_statistics, requests);
    AT(cz_statistics, retries);
    AT(cz_statistics, hedges);
    AT(cz_statistics, bytes_in);
    AT(cz_statistics, bytes_out);
    AT(cz_statistics, median);
    AT(cz_statistics, percentile_90);
    AT(cz_statistics, percentile_99);
    AT(cz_statistics, longest);
    AT(cz_facts, name);
    AT(cz_facts, frames);
    AT(cz_facts, width);
    AT(cz_facts, height);
    AT(cz_facts, codec);
    AT(cz_facts, rate_num);
    AT(cz_facts, rate_den);
    AT(cz_facts, start);
    AT(cz_facts, end);
    AT(cz_facts, start_from);
    AT(cz_facts, chroma);
    AT(cz_facts, alpha_bits);
    AT(cz_facts, matrix);
    AT(cz_facts, interlace);
    AT(cz_facts, frames_per_shard);
    AT(cz_facts, damaged_frames);
    AT(cz_facts, recovered);
    AT(cz_facts, source_name);
    AT(cz_facts, source_bytes);
    AT(cz_facts, source_md5);
    SIZE(cz_request);
    AT(cz_request, frame);
    AT(cz_request, data);
    AT(cz_request, room);
    AT(cz_request, size);
    AT(cz_request, rc);
    AT(cz_request, damaged);
    AT(cz_request, owned);
    SIZE(cz_view);
    AT(cz_view, layout);
    AT(cz_view, fields);
    AT(cz_view, scale);
    AT(cz_view, x);
    AT(cz_view, y);
    AT(cz_view, width);
    AT(cz_view, height);
    AT(cz_view, conceal);
    AT(cz_view, threads);
    SIZE(cz_shape);
    AT(cz_shape, width);
    AT(cz_shape, height);
    AT(cz_shape, depth);
    AT(cz_shape, planes);
    AT(cz_shape, plane);
    AT(cz_shape, bytes);
    AT(cz_finding, code);
    AT(cz_finding, key);
    AT(cz_finding, frame);
    AT(cz_finding, what);
    SIZE(cz_verify_job);
    AT(cz_verify_job, source);
    AT(cz_verify_job, decode);
    AT(cz_verify_job, found);
    AT(cz_verify_job, progress);
    AT(cz_verify_job, user);
    AT(cz_progress, bytes_done);
    AT(cz_progress, bytes_total);
    AT(cz_progress, frames_done);
    AT(cz_progress, frames_total);
    SIZE(cz_convert_job);
    AT(cz_convert_job, source);
    AT(cz_convert_job, store);
    AT(cz_convert_job, name);
    AT(cz_convert_job, zarr_format);
    AT(cz_convert_job, frames_per_shard);
    AT(cz_convert_job, memory);
    AT(cz_convert_job, threads);
    AT(cz_convert_job, overwrite);
    AT(cz_convert_job, recover);
    AT(cz_convert_job, sha256);
    AT(cz_convert_job, dry_run);
    AT(cz_convert_job, network);
    AT(cz_convert_job, progress);
    AT(cz_convert_job, user);
    AT(cz_convert_job, attributes);
    AT(cz_convert_job, overview_num);
    AT(cz_convert_job, overview_den);
    AT(cz_convert_job, md5);
    SIZE(cz_report);
    AT(cz_report, clip);
    AT(cz_report, status);
    AT(cz_report, frames);
    AT(cz_report, bytes_read);
    AT(cz_report, bytes_written);
    AT(cz_report, damaged_frames);
    AT(cz_report, md5);
    AT(cz_report, warning);
    AT(cz_report, n_warnings);
    AT(cz_report, network);
    SIZE(cz_remove_job);
    AT(cz_remove_job, dry_run);
    AT(cz_remove_job, kept);
    AT(cz_remove_job, user);
    return 0;
}
