"""The keys of a udiRoot.conf that no profile has a place for, each with why. Read in Shifter's source (UdiRootConfig.c)."""

from __future__ import annotations

from typing import Final

_WORKINGS: Final = "how the runtime itself works; no image sees it"
_DEFUNCT: Final = "the runtime does not use it any more"

# What images cannot see.
UNSEEN: Final = {
    "imagePath": "a profile names no store: give the one that the runtime reads with --store or CERTIFY_STORE",
    "system": "a profile has a name instead",
    **dict.fromkeys((
        "udiMount", "loopMount", "udiRootPath", "perNodeCachePath", "perNodeCacheSizeLimit", "perNodeCacheAllowedFsType",
        "allowLocalChroot", "allowLibcPwdCalls", "populateEtcDynamically", "mountPropagationStyle", "mountUdiRootWritable",
        "maxGroupCount", "modprobePath", "insmodPath", "cpPath", "mvPath", "chmodPath", "ddPath", "mkfsXfsPath", "rootfsType",
        "gatewayTimeout", "imageGateway", "batchType", "defaultImageType"), _WORKINGS),
    **dict.fromkeys((
        "autoLoadKernelModule", "kmodBasePath", "kmodPath", "kmodCacheFile", "optionalSshdAsRoot",
        "nodeContextPrefix"), _DEFUNCT),
}

# What images may well see, and no profile can say.
UNTOLD: Final = {
    "sitePreMountHook": "a program that runs as root before the site's mounts: what it makes is in no profile",
    "sitePostMountHook": "a program that runs as root after the site's mounts: what it makes is in no profile",
    "optUdiImage": "what is in this folder stands at /opt/udiImage; where it has an sshd, the runtime covers /usr/bin/ssh "
                   "and /bin/ssh as well: add them to replaced_files",
    "roothook": "a program that runs as root once the module is there: what it changes is in no profile",
    "userhook": "a program that runs as the user before the command, and may refuse the image: it is in no profile",
}

TRANSLATED: Final = ("siteFs", "etcPath", "siteEnv", "siteEnvAppend", "siteEnvPrepend", "siteEnvUnset", "defaultModules")
OF_MODULES: Final = ("siteFs", "siteEnv", "siteEnvAppend", "siteEnvPrepend", "siteEnvUnset", "copyPath", "conflict", "enabled",
                     "roothook", "userhook")
KNOWN: Final = (*TRANSLATED, *UNSEEN, *(key for key in UNTOLD if key not in OF_MODULES))
