using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Soket.Middleware.Tls;

/// <summary>Who really signed a certificate: names can be equal by chance or on purpose, a signature can not.</summary>
internal static class CertificateSignature
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    /// <summary>Whether the signature on a certificate was made with the key of another (or of itself); null when the algorithm is none that can be checked here.</summary>
    public static bool? IsBy(X509Certificate2 certificate, X509Certificate2 signer)
    {
        try
        {
            // RFC 5280 4.1: SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING }.
            AsnReader whole = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
            ReadOnlySpan<byte> signed = whole.ReadEncodedValue().Span;
            AsnReader algorithm = whole.ReadSequence();
            string identifier = algorithm.ReadObjectIdentifier();
            byte[] signature = whole.ReadBitString(out _);
            if (Hash(identifier) is { } hash)
            {
                if (signer.GetRSAPublicKey() is { } rsa)
                {
                    using (rsa)
                        return IsRsa(identifier) && rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1);
                }

                if (signer.GetECDsaPublicKey() is { } ecdsa)
                {
                    using (ecdsa)
                        return !IsRsa(identifier) && ecdsa.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
                }

                return null;
            }

            using RSA? pss = identifier == RsaPss ? signer.GetRSAPublicKey() : null;
            return pss is null ? null : PssHash(algorithm) is { } pssHash ? pss.VerifyData(signed, signature, pssHash, RSASignaturePadding.Pss) : null;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or PlatformNotSupportedException)
        {
            return null; // A peer's certificate may be anything; what cannot be checked is not claimed.
        }
    }

    private static bool IsRsa(string identifier) => identifier.StartsWith("1.2.840.113549.1.1.", StringComparison.Ordinal);

    // RFC 3279 2.2, RFC 5758 3.2, RFC 4055 5.
    private static HashAlgorithmName? Hash(string identifier) => identifier switch
    {
        "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" => HashAlgorithmName.SHA1,
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };

    // RFC 4055 3.1: the parameters are SEQUENCE { [0] hashAlgorithm ... }, SHA-1 when there is none.
    private static HashAlgorithmName? PssHash(AsnReader algorithm)
    {
        AsnReader parameters = algorithm.ReadSequence();
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (!parameters.HasData || parameters.PeekTag() != tag)
            return HashAlgorithmName.SHA1;
        return parameters.ReadSequence(tag).ReadSequence().ReadObjectIdentifier() switch
        {
            "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
            _ => null,
        };
    }
}
