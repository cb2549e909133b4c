# bash completion for camzarr: verbs, options, clips of a local store, files.
# A test compares the options with `camzarr VERB --help`.

# The clips of the store that is the word $1.
_camzarr_clips() {
    local marker
    for marker in "$1"/clips/*/zarr.json; do
        [ -e "$marker" ] || continue
        marker=${marker%/zarr.json}
        echo "${marker##*/}"
    done
}

# The replies of compgen for the current word, one per line.
_camzarr_reply() {
    mapfile -t COMPREPLY < <(compgen "$@" -- "${COMP_WORDS[COMP_CWORD]}")
}

_camzarr() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local verb=${COMP_WORDS[1]} common='--json --quiet --verbose --help' network='--connections --rate-limit --allow-private-redirects --stats'
    local options values='--attributes --set --track --remove --name --frames-per-shard --zarr-format --overview --labels --memory --threads --connections --rate-limit --report --source --out --format --compression --quality --chroma --scale --region --fields --frames --manifest --from --jobs --index --only --patience --metrics --sample --older-than --md5 --for --since --until --deployment --min-size --link --prices --port --listen --origin --like --clips --min-score --limit --label --align'
    local forms='icpf mov avi png tif jpg npy yuv raw rgb24 bgr24 rgb48le bgr48le rgba rgba64le gray gray10le gray16le yuv422p10le yuv444p10le yuv444p12le yuva444p10le yuva444p12le native'
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _camzarr_reply -W 'convert ls info frame sheet find analyse scenes verify restore export attributes rm clean catalog manifest doctor serve help --help --version'
        return
    fi
    case $prev in
    --zarr-format)
        _camzarr_reply -W '2 3'
        return
        ;;
    --like | --clips | --min-score | --limit | --label | --name | --frames-per-shard | --memory | --threads | --connections | --rate-limit | --region | --frames | --jobs | --index | --patience | --sample | --older-than | --md5 | --since | --until | --deployment | --min-size | --link | --port | --listen | --origin) return ;;
    --overview)
        _camzarr_reply -W 'none all 1'
        return
        ;;
    --for)
        _camzarr_reply -W 'read write'
        return
        ;;
    --only)
        _camzarr_reply -W 'failed'
        return
        ;;
    --format)
        _camzarr_reply -W "$forms"
        return
        ;;
    --compression)
        _camzarr_reply -W 'fast default best none'
        return
        ;;
    --chroma)
        _camzarr_reply -W '4:4:4 4:2:2 4:2:0'
        return
        ;;
    --scale)
        _camzarr_reply -W '1/2 1/4 1/8'
        return
        ;;
    --fields)
        _camzarr_reply -W 'weave top bottom bob-top bob-bottom'
        return
        ;;
    --report | --labels | --source | --out | --attributes | --set | --manifest | --from | --metrics | --prices | -o)
        compopt -o filenames
        _camzarr_reply -f
        return
        ;;
    esac
    case $verb in
    convert) options="--name --frames-per-shard --zarr-format --overview --memory --threads --attributes --recover --md5 --sha256 --strict --report --manifest --from --jobs --index --only --patience --metrics --dry-run --no-catalog --overwrite $network $common" ;;
    ls) options="--unfinished $network $common" ;;
    info) options=$common ;;
    frame) options="--out --format --compression --quality --chroma --scale --region --fields --conceal --threads --overwrite $network $common" ;;
    serve) options="--port --listen --remote --origin --memory --threads $network $common" ;;
    sheet) options="--out --frames --format --threads --overwrite $network $common" ;;
    analyse) options="--overview --threads --no-catalog --dry-run $network $common" ;;
    scenes) options="--labels $network $common" ;;
    find) options="--like --clips --min-score --limit --label --align --format --threads --overwrite $network $common" ;;
    verify) options="--source --decode --report --overwrite --manifest --sample $network $common" ;;
    restore) options="--overwrite $network $common" ;;
    export) options="--source --track --frames --format --scale --region --fields --conceal --threads --overwrite $network $common" ;;
    attributes) options="--set --remove $network $common" ;;
    rm) options="--dry-run $common" ;;
    clean) options="--older-than --dry-run $network $common" ;;
    catalog) options="--dry-run $network $common" ;;
    manifest) options="--out --since --until --deployment --min-size --sidecars --check --link --prices --report --overwrite $network $common" ;;
    doctor) options="--for $common" ;;
    help)
        _camzarr_reply -W 'convert ls info frame sheet find analyse scenes verify restore export attributes rm clean catalog manifest doctor serve'
        return
        ;;
    *) return ;;
    esac
    if [[ $cur == -* ]]; then
        _camzarr_reply -W "$options"
        return
    fi

    # The arguments before this word: options and their values aren't counted.
    local i word args=()
    for ((i = 2; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ " $values -o " == *" $word "* ]]; then
            ((i++))
        elif [[ $word != -* ]]; then
            args+=("$word")
        fi
    done
    case $verb:${#args[@]} in
    info:1 | frame:1 | sheet:1 | scenes:1 | restore:1 | attributes:1 | rm:1 | verify:[1-9]* | analyse:[1-9]*)
        _camzarr_reply -W "$(_camzarr_clips "${args[0]}")"
        ;;
    export:0) _camzarr_reply -W 'kerchunk netcdf torchcodec wav stac ifdo biigle fathomnet vars' ;;
    export:[2-9]*)
        compopt -o filenames
        _camzarr_reply -f -W "$(_camzarr_clips "${args[1]}")"
        ;;
    frame:* | sheet:* | catalog:[1-9]*) ;;
    *)
        compopt -o filenames
        _camzarr_reply -f
        ;;
    esac
}
complete -F _camzarr camzarr
