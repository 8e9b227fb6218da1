/* libnftables in this process: no shell, no program of another package. */
#include "host/nft.h"

#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

enum rc nft_run(const char *text, char *error)
{
    struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!nft)
        return RC_NO_MEMORY;
    enum rc rc = RC_IO;
    error[0] = '\0';
    if (nft_ctx_buffer_error(nft) == 0 && nft_ctx_buffer_output(nft) == 0 &&
        nft_run_cmd_from_buffer(nft, text) == 0)
        rc = RC_OK;
    if (rc != RC_OK) {
        const char *said = nft_ctx_get_error_buffer(nft);
        snprintf(error, NFT_ERROR, "%.*s", (int)strcspn(said ? said : "", "\n"), said ? said : "");
    }
    nft_ctx_free(nft);
    return rc;
}
