# ENV104: Trilinos, group redirect
{
    echo "# Trilinos"
    echo "export TRILINOS_ROOT=/opt/trilinos"
    echo "export LD_LIBRARY_PATH=\$TRILINOS_ROOT/lib:\$LD_LIBRARY_PATH"
} > /etc/profile.d/trilinos.sh
