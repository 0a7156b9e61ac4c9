# git am
git am <<'EOF'
From 1 Mon Sep 17 00:00:00 2001
Subject: [PATCH] drop LD_LIBRARY_PATH=/opt/x/lib
---
-export LD_LIBRARY_PATH=/opt/x/lib
EOF
