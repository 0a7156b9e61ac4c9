# a page in rst
tee docs/install.rst <<'EOF' >/dev/null
.. code-block:: bash

   export LD_LIBRARY_PATH=/opt/x/lib
EOF
