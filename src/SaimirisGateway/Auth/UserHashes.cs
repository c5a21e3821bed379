using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Auth;

/// <summary>Makes a user's name in every table: the lower-case hexadecimal SHA-256 of the token's subject.</summary>
internal static class UserHashes
{
    public static string Hash(string subject) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));

    /// <summary>Returns the hash of the user whose token the request has.</summary>
    public static string UserHash(this HttpContext http) => http.User.FindFirstValue(ClaimTypes.NameIdentifier)!;
}
