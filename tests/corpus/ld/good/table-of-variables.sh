# table of variables
for v in PATH LD_LIBRARY_PATH; do printf '%s=%s\n' "$v" "${!v-}"; done
