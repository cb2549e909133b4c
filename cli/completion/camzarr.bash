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
    local options values='--attributes --set --name --frames-per-shard --zarr-format --memory --threads --connections --rate-limit --report --source --out --format --scale --region --fields --frames'
    local forms='icpf mov avi png tif jpg npy yuv raw rgb24 bgr24 rgb48le rgba gray gray16le yuv422p10le yuv444p10le yuv444p12le native'
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _camzarr_reply -W 'convert ls info frame sheet verify restore export attributes rm doctor help --help --version'
        return
    fi
    case $prev in
    --zarr-format)
        _camzarr_reply -W '2 3'
        return
        ;;
    --name | --frames-per-shard | --memory | --threads | --connections | --rate-limit | --region | --frames) return ;;
    --format)
        _camzarr_reply -W "$forms"
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
    --report | --source | --out | --attributes | --set | -o)
        compopt -o filenames
        _camzarr_reply -f
        return
        ;;
    esac
    case $verb in
    convert) options="--name --frames-per-shard --zarr-format --memory --threads --attributes --recover --sha256 --strict --report --dry-run --overwrite $network $common" ;;
    ls) options="$network $common" ;;
    info) options=$common ;;
    frame) options="--out --format --scale --region --fields --conceal --threads --overwrite $network $common" ;;
    sheet) options="--out --frames --format --threads --overwrite $network $common" ;;
    verify) options="--source --decode $network $common" ;;
    restore) options="--overwrite $network $common" ;;
    export) options="--source --frames --format --scale --region --fields --conceal --threads --overwrite $network $common" ;;
    attributes) options="--set $network $common" ;;
    rm) options="--dry-run $common" ;;
    doctor) options=$common ;;
    help)
        _camzarr_reply -W 'convert ls info frame sheet verify restore export attributes rm doctor'
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
    info:1 | frame:1 | sheet:1 | restore:1 | attributes:1 | rm:1 | verify:[1-9]*)
        _camzarr_reply -W "$(_camzarr_clips "${args[0]}")"
        ;;
    export:0) _camzarr_reply -W 'kerchunk netcdf torchcodec' ;;
    export:[2-9]*)
        compopt -o filenames
        _camzarr_reply -f -W "$(_camzarr_clips "${args[1]}")"
        ;;
    frame:* | sheet:*) ;;
    *)
        compopt -o filenames
        _camzarr_reply -f
        ;;
    esac
}
complete -F _camzarr camzarr
