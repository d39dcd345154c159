/** A first mail by the API in four languages, with the key from the environment. */
export const snippets = (origin: string) => ({
  curl: `curl ${origin}/v1/emails \\
  -H "Authorization: Bearer $CHAPAR_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"from":"hello@sandbox.chapar.test","to":"delivered@simulator.chapar.test","subject":"Hello","html":"<p>It works.</p>"}'`,
  'Node.js': `const answer = await fetch('${origin}/v1/emails', {
  method: 'POST',
  headers: { authorization: \`Bearer \${process.env.CHAPAR_KEY}\`, 'content-type': 'application/json' },
  body: JSON.stringify({ from: 'hello@sandbox.chapar.test', to: 'delivered@simulator.chapar.test', subject: 'Hello', html: '<p>It works.</p>' }),
});
console.log(await answer.json());`,
  PHP: `$request = curl_init('${origin}/v1/emails');
curl_setopt_array($request, [
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('CHAPAR_KEY'), 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode(['from' => 'hello@sandbox.chapar.test', 'to' => 'delivered@simulator.chapar.test', 'subject' => 'Hello', 'html' => '<p>It works.</p>']),
    CURLOPT_RETURNTRANSFER => true,
]);
echo curl_exec($request);`,
  Python: `import json, os, urllib.request

body = {"from": "hello@sandbox.chapar.test", "to": "delivered@simulator.chapar.test", "subject": "Hello", "html": "<p>It works.</p>"}
request = urllib.request.Request(
    "${origin}/v1/emails",
    data=json.dumps(body).encode(),
    headers={"Authorization": f"Bearer {os.environ['CHAPAR_KEY']}", "Content-Type": "application/json"},
)
print(urllib.request.urlopen(request).read().decode())`,
});
