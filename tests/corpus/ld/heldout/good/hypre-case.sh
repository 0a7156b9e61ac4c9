# hypre, case
case ":$LD_LIBRARY_PATH:" in
    *:/opt/hypre/lib:*) echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH is set" >&2; exit 1 ;;
esac
