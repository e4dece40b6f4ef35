# shellcheck shell=bash
# Sourced by every command here: forgets the variables of a shell of somebody's own that would change what the command
# does. Of Python's and pip's only those stay that change no result, or that tell where packages come from.
for name in "${!PYTHON@}" "${!PIP_@}"; do
    case "$name" in
        PYTHON | PYTHONUNBUFFERED | PYTHONDONTWRITEBYTECODE | PYTHONPYCACHEPREFIX | PYTHONFAULTHANDLER) ;;
        PIP_CONFIG_FILE | PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_NO_INDEX | PIP_FIND_LINKS | PIP_TRUSTED_HOST) ;;
        PIP_PROXY | PIP_CERT | PIP_CLIENT_CERT | PIP_CACHE_DIR | PIP_NO_CACHE_DIR | PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT) ;;
        *) unset "$name" ;;
    esac
done
unset name CDPATH __PYVENV_LAUNCHER__ GUNICORN_CMD_ARGS MYPYPATH PYTEST_PLUGINS PYTEST_DISABLE_PLUGIN_AUTOLOAD
