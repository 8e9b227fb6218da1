/* Diffie-Hellman on the NIST curves as IKE carries it (RFC 5903, 7): a public value is x || y
 * without a point format octet, the shared secret is x alone. The cofactor is 1, so a point on the
 * curve is in the right group. */
#include "crypto/dh_family.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

/* One calculation: what every function below needs and frees. */
struct work {
    EC_GROUP *curve;
    EC_POINT *point;
    BN_CTX *ctx;
};

static const struct {
    uint16_t number;
    int nid;
} curves[] = {{19, NID_X9_62_prime256v1}, {20, NID_secp384r1}, {21, NID_secp521r1}};

static void work_free(struct work *work)
{
    EC_POINT_clear_free(work->point);
    EC_GROUP_free(work->curve);
    BN_CTX_free(work->ctx);
}

/* RC_CRYPTO: nothing is held. */
static enum rc work_start(struct work *work, const struct dh_group *group)
{
    *work = (struct work){.ctx = BN_CTX_new()};
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        if (curves[i].number == group->number)
            work->curve = EC_GROUP_new_by_curve_name(curves[i].nid);
    if (work->curve)
        work->point = EC_POINT_new(work->curve);
    if (work->ctx && work->point)
        return RC_OK;
    work_free(work);
    return RC_CRYPTO;
}

/* Read x || y into work->point. RC_MALFORMED: a coordinate past the field, or not on the curve. */
static enum rc read_point(struct work *work, const struct dh_group *group,
                          const uint8_t *peer_public)
{
    uint8_t octets[1 + DH_PUBLIC_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(octets + 1, peer_public, group->public_len);
    if (EC_POINT_oct2point(work->curve, work->point, octets, 1u + group->public_len, work->ctx) !=
            1 ||
        EC_POINT_is_on_curve(work->curve, work->point, work->ctx) != 1)
        return RC_MALFORMED;
    return RC_OK;
}

/* A number in [1, n-1] from the random octets, for the caller to clear; one inside the range is
 * taken as it is. NULL when memory is out. */
static BIGNUM *scalar_of(const struct work *work, const struct dh_group *group,
                         const uint8_t *private_value)
{
    BIGNUM *scalar = BN_bin2bn(private_value, group->private_len, NULL);
    if (!scalar)
        return NULL;
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    if (BN_nnmod(scalar, scalar, EC_GROUP_get0_order(work->curve), work->ctx) != 1 ||
        (BN_is_zero(scalar) && BN_one(scalar) != 1)) {
        BN_clear_free(scalar);
        return NULL;
    }
    return scalar;
}

static enum rc ecp_check(const struct dh_group *group, const uint8_t *peer_public)
{
    struct work work;
    enum rc rc = work_start(&work, group);
    if (rc != RC_OK)
        return rc;
    rc = read_point(&work, group, peer_public);
    work_free(&work);
    return rc;
}

static enum rc ecp_public(const struct dh_group *group, const uint8_t *private_value,
                          uint8_t *public_out)
{
    uint8_t octets[1 + DH_PUBLIC_MAX];
    size_t len = 1u + group->public_len;
    struct work work;
    enum rc rc = work_start(&work, group);
    if (rc != RC_OK)
        return rc;
    BIGNUM *scalar = scalar_of(&work, group, private_value);
    rc = RC_CRYPTO;
    if (scalar && EC_POINT_mul(work.curve, work.point, scalar, NULL, NULL, work.ctx) == 1 &&
        EC_POINT_point2oct(work.curve, work.point, POINT_CONVERSION_UNCOMPRESSED, octets, len,
                           work.ctx) == len) {
        memcpy(public_out, octets + 1, group->public_len);
        rc = RC_OK;
    }
    BN_clear_free(scalar);
    work_free(&work);
    return rc;
}

static enum rc multiply(struct work *work, const struct dh_group *group,
                        const uint8_t *private_value, uint8_t *shared_out)
{
    BIGNUM *scalar = scalar_of(work, group, private_value);
    BIGNUM *x = BN_new();
    enum rc rc = RC_CRYPTO;
    if (scalar && x &&
        EC_POINT_mul(work->curve, work->point, NULL, work->point, scalar, work->ctx) == 1 &&
        EC_POINT_get_affine_coordinates(work->curve, work->point, x, NULL, work->ctx) == 1 &&
        BN_bn2binpad(x, shared_out, group->shared_len) == group->shared_len)
        rc = RC_OK;
    BN_clear_free(x);
    BN_clear_free(scalar);
    return rc;
}

static enum rc ecp_shared(const struct dh_group *group, const uint8_t *private_value,
                          const uint8_t *peer_public, uint8_t *shared_out)
{
    struct work work;
    enum rc rc = work_start(&work, group);
    if (rc != RC_OK)
        return rc;
    rc = read_point(&work, group, peer_public);
    if (rc == RC_OK)
        rc = multiply(&work, group, private_value, shared_out);
    work_free(&work);
    return rc;
}

const struct dh_family dh_ecp = {ecp_check, ecp_public, ecp_shared};
