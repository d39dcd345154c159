// Shows mail in a document of its own. It comes by message, is parsed without running anything, and the policy of this
// document lets nothing in it run or load.
addEventListener('message', (event) => {
  if (event.source !== parent || typeof event.data?.html !== 'string') return;
  const mail = new DOMParser().parseFromString(event.data.html, 'text/html');
  for (const link of mail.querySelectorAll('a[href], area[href]')) {
    link.title = link.getAttribute('href');
    link.removeAttribute('href');
    link.setAttribute('role', 'link');
  }
  const root = document.adoptNode(mail.documentElement);
  document.replaceChild(root, document.documentElement);
  // Clients of mail show it on white unless it says otherwise.
  document.documentElement.style.background ||= event.data.isDark ? '#121212' : '#fff';
});
parent.postMessage({ ready: true }, '*');
